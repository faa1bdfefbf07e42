"""Files that are served as they are."""

from pathlib import Path

from msgspec import Struct

_MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


class File(Struct, frozen=True):
    content: bytes
    media_type: str


def read_folder(folder: Path) -> dict[str, File]:
    """The folder's own files of the kinds a browser needs, by name: a name asked for is looked up, never opened."""
    return {
        path.name: File(path.read_bytes(), _MEDIA_TYPES[path.suffix])
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.is_symlink() and path.suffix in _MEDIA_TYPES
    }
