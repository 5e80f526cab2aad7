"""Small files of every modality, made by hand or with the standard library."""

from __future__ import annotations

import io
import struct
import wave

from PIL import Image
from pypdf import PdfWriter


def wav(seconds: float, rate: int = 8000) -> bytes:
    """Silence of 8 bits."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(rate)
        file.writeframes(b"\x80" * round(seconds * rate))
    return data.getvalue()


def _box(name: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I", len(inside) + 8) + name + inside


def mp4(seconds: float, media_bytes: int = 16) -> bytes:
    """An MPEG-4 file whose description stands at its end, as cameras write it."""
    header = struct.pack(">5I", 0, 0, 0, 1000, round(seconds * 1000)) + b"\0" * 80
    content = _box(b"mdat", b"\0" * media_bytes)
    return _box(b"ftyp", b"isom", b"\0\0\0\0", b"isom") + content + _box(b"moov", _box(b"mvhd", header))


def pdf(pages: int) -> bytes:
    """Empty pages."""
    writer, data = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(72, 72)
    writer.write(data)
    return data.getvalue()


def png() -> bytes:
    """One grey square."""
    data = io.BytesIO()
    Image.new("L", (8, 8)).save(data, "PNG")
    return data.getvalue()
