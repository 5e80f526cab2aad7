"""The tables of variables and outputs in the READMEs below `terraform/`, made from the Terraform files."""

from __future__ import annotations

import re
from pathlib import Path

TERRAFORM = Path(__file__).parents[1] / "terraform"
FOLDERS = [TERRAFORM, *sorted(path for path in (TERRAFORM / "modules").iterdir() if path.is_dir())]


def blocks(folder: Path, kind: str) -> dict[str, str]:
    """Body of every `kind "name" { … }` block of a folder by name, those of one file in its order.

    Args:
        folder: A root or a module.
        kind: `variable` or `output`; their files are `KINDs.tf` and `KINDs_SUBJECT.tf`.
    """
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"{kind}s*.tf"))]
    return dict(re.findall(rf'^{kind} "(\w+)" {{\n(.*?)^}}', "\n".join(texts), re.MULTILINE | re.DOTALL))


def argument(body: str, name: str) -> str:
    """A one-line argument of a block as it is written; empty where the block has none."""
    found = re.search(rf"^  {name} += (.+)$", body, re.MULTILINE)
    return found[1] if found else ""


def description(body: str) -> str:
    """The block's description."""
    return argument(body, "description").strip('"')


def tables(folder: Path) -> str:
    """Both tables of a folder as Markdown."""
    text = ["## Variables\n", "| variable | type | default | meaning |", "|---|---|---|---|"]
    for name, body in sorted(blocks(folder, "variable").items()):
        default = argument(body, "default")
        cell = f"`{default}`" if default else "required"
        # A bar would end the cell, also between backticks.
        line = f"| `{name}` | `{argument(body, 'type')}` | {cell.replace('|', chr(92) + '|')} | {description(body)} |"
        text.append(line)
    text += ["\n## Outputs\n", "| output | meaning |", "|---|---|"]
    text += [f"| `{name}` | {description(body)} |" for name, body in blocks(folder, "output").items()]
    return "\n".join(text) + "\n"


def readme(folder: Path) -> str:
    """The folder's README with its tables made again: everything from the heading "Variables" on."""
    written = (folder / "README.md").read_text(encoding="utf-8")
    return written.partition("## Variables\n")[0] + tables(folder)


def write_readmes() -> None:
    """Write the tables of every README again."""
    for folder in FOLDERS:
        (folder / "README.md").write_text(readme(folder), encoding="utf-8")
