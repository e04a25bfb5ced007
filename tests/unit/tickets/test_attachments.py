"""What a file is, what it is called, and how it comes to lie on the disk."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from tickets.attachments.folder import AttachmentFolder
from tickets.attachments.http import FileQuery
from tickets.attachments.model import NAME_CHARACTERS_MAX, harmless_name
from tickets.attachments.sniffing import HEAD_BYTES, PICTURES, TEXT, UNKNOWN, kind_of
from tickets.errors import NoRoomForAttachment

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"GIF89a\x01\x00", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wave"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04\x14\x00", "application/zip"),
        ("客户的来信".encode(), TEXT),
        (b"<html><script>alert(1)</script>", TEXT),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', TEXT),
        (b"MZ\x90\x00\x03", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_a_file_is_what_its_content_says(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind


def test_nothing_that_could_run_in_a_page_counts_as_a_picture() -> None:
    assert kind_of(b"<svg onload=alert(1)>") not in PICTURES
    assert kind_of(b"GIF8<script>") not in PICTURES
    assert kind_of(b"a" * HEAD_BYTES + b"\x00") == TEXT


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("报价单.pdf", "报价单.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\李娜\\现场.jpg", "现场.jpg"),
        (".bashrc", "bashrc"),
        ("a.exe. ", "a.exe"),
        ("两\n行\t名.txt", "两 行 名.txt"),
    ],
)
def test_a_name_leads_to_no_other_folder_and_hides_no_file(sent: str, kept: str) -> None:
    assert harmless_name(sent) == kept


def test_a_name_that_is_too_long_keeps_its_ending() -> None:
    name = harmless_name("长" * 500 + ".pdf")
    assert (len(name), name[-5:]) == (NAME_CHARACTERS_MAX, "长.pdf")


@pytest.mark.parametrize("name", ["", "..", "/", "照片\u202egpj.exe", "a\x00.png"])
def test_names_that_deceive_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        FileQuery(name=name)


def test_a_file_is_whole_and_readable_by_the_server_alone(tmp_path: Path) -> None:
    source = tmp_path / "sent"
    source.write_bytes(PNG + b"x" * 3_000_000)
    folder = AttachmentFolder(folder=tmp_path / "attachments", free_mb_min=1)
    stored = folder.take(source)
    kept = folder.path(stored.file)
    assert kept.read_bytes() == source.read_bytes()
    assert (stored.kind, stored.size_bytes) == ("image/png", 3_000_000 + len(PNG))
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in kept.parent.iterdir()] == [stored.file]


def test_a_nearly_full_disk_takes_no_files(tmp_path: Path) -> None:
    source = tmp_path / "sent"
    source.write_bytes(PNG)
    folder = AttachmentFolder(folder=tmp_path / "attachments", free_mb_min=10**9)
    with pytest.raises(NoRoomForAttachment):
        folder.take(source)
    assert not [path for shelf in folder.shelves() for path in shelf.iterdir()]
