"""`retune`: the command line."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from components.errors import ExitCode, RetuneError, configuration_error
from pipelines.cli.commands import Commands
from pipelines.cli.output import err, print_error

app = typer.Typer(
    name="retune",
    cls=Commands,
    help="Keeps tuned Gemini models in production: validate, tune, prove better, promote.",
    epilog="Example: retune run --local --config examples/support_triage/retune.yaml",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"retune {version('retune')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Keeps tuned Gemini models in production: validate, tune, prove better, promote."""
    # `main` takes the option out of the arguments, because people write it after the command as well.


def main() -> None:
    """Run the command line; errors end as one sentence, a code and a next step."""
    debug = "--debug" in sys.argv
    try:
        app([argument for argument in sys.argv[1:] if argument != "--debug"])
    except RetuneError as error:
        if debug:
            raise
        print_error(error)
        sys.exit(int(error.exit_code))
    except KeyboardInterrupt:
        err.print("interrupted")
        sys.exit(130)
    except OSError as error:
        if debug:
            raise
        place = str(error.filename or "")
        problem = f"a file or folder cannot be used: {error.strerror or error}"
        print_error(
            configuration_error("CONFIG-FILE-ACCESS", problem, "check the path, its rights and the space", place)
        )
        sys.exit(int(ExitCode.CONFIGURATION))
    except Exception as error:
        if debug:
            raise
        problem = f"{type(error).__name__}: {error}"
        print_error(
            RetuneError(
                "INTERNAL",
                problem,
                "run it again with `retune --debug …` and report the traceback",
                "",
                ExitCode.INTERNAL,
            )
        )
        sys.exit(int(ExitCode.INTERNAL))
