"""Finding one's way in YAML that is not ours: nodes by their keys, texts and whole numbers, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator

from kakeibo.definitions.nodes import ListNode, MapNode, Node, Position, TextNode, position


def find(node: Node | None, *keys: str) -> Node | None:
    """The value at a path of keys; None where the path ends early or the value is left empty."""
    for key in keys:
        if not isinstance(node, MapNode) or key not in node.entries:
            return None
        node = node.entries[key][1]
    return None if isinstance(node, TextNode) and node.empty else node


def text(node: Node | None, *keys: str) -> str:
    """The text at a path of keys; "" where there is none."""
    found = find(node, *keys)
    return found.value if isinstance(found, TextNode) else ""


def number(node: Node | None, *keys: str) -> int | None:
    """The whole number at a path of keys; None where there is none, or something else."""
    written = text(node, *keys).strip()
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 10 else None


def items(node: Node | None, *keys: str) -> list[Node]:
    """The items of the list at a path of keys."""
    found = find(node, *keys)
    return found.items if isinstance(found, ListNode) else []


def maps(node: Node | None, *keys: str) -> list[MapNode]:
    """Those items that are mappings."""
    return [item for item in items(node, *keys) if isinstance(item, MapNode)]


def texts(node: Node | None, *keys: str) -> dict[str, str]:
    """The texts of the mapping at a path of keys."""
    found = find(node, *keys)
    entries = found.entries.items() if isinstance(found, MapNode) else ()
    return {name: value.value for name, (_, value) in entries if isinstance(value, TextNode)}


def place(node: Node, *keys: str) -> Position:
    """Where a path of keys stands: its last key that is written, or else the beginning of `node`."""
    found = position(node.start)
    for key in keys:
        if not isinstance(node, MapNode) or key not in node.entries:
            break
        written, node = node.entries[key]
        found = position(written.start)
    return found


def walk(node: Node) -> Iterator[MapNode]:
    """Every mapping in a tree, itself included."""
    if isinstance(node, MapNode):
        yield node
        for _, value in node.entries.values():
            yield from walk(value)
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from walk(item)
