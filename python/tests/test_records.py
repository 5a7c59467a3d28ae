"""The types and the published schema say the same, field by field; and so do the records of real captures."""

import json
import unittest
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from corpus import ROOT

from ikewhy import records

SCHEMA = json.loads((ROOT / "docs/ikewhy-2.schema.json").read_text())
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}


def resolved(schema: Any) -> Any:
    if "$ref" in schema:
        return {**SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema


class Records(unittest.TestCase):
    def same(self, schema: Any, hint: Any, path: str) -> None:
        """Complains of what a type and its schema do not have in common."""
        schema = resolved(schema)
        if get_origin(hint) is Annotated:
            self.assertEqual(get_args(hint)[1], schema.get("format"), path)
            hint = get_args(hint)[0]
        else:
            arms = get_args(hint) if get_origin(hint) is Union else (hint,)
            is_time = any(get_origin(arm) is Annotated for arm in arms)
            self.assertEqual("format" in schema, is_time, path)
        if get_origin(hint) is Union:
            self.assertIn("null", schema["type"], path)
            others = [kind for kind in schema["type"] if kind != "null"]
            self.assertEqual(len(others), 1, path)
            (hint,) = (arm for arm in get_args(hint) if arm is not type(None))
            schema = {**schema, "type": others[0]}
            if "enum" in schema:
                self.assertIn(None, schema["enum"], path)
                schema["enum"] = [one for one in schema["enum"] if one is not None]
            self.same(schema, hint, path)
        elif get_origin(hint) is Literal:
            allowed = schema.get("enum") or [schema["const"]]
            self.assertEqual(set(get_args(hint)), set(allowed), path)
        elif get_origin(hint) is list:
            self.assertEqual(schema["type"], "array", path)
            self.same(schema["items"], get_args(hint)[0], f"{path}[]")
        elif hint in PLAIN:
            self.assertEqual(schema["type"], PLAIN[hint], path)
            self.assertFalse({"enum", "const"} & set(schema), path)
        else:
            self.assertEqual(schema["type"], "object", path)
            hints = get_type_hints(hint, include_extras=True)
            self.assertEqual(set(hints), set(schema["properties"]), path)
            self.assertEqual(set(hint.__required_keys__), set(schema["required"]), path)
            for name, field in hints.items():
                self.same(schema["properties"][name], field, f"{path}.{name}")

    def test_types_are_the_schema(self) -> None:
        self.same(SCHEMA, records.Document, "document")

    def test_a_difference_is_found(self) -> None:
        for schema, hint in [
            ({"type": "string"}, int),
            ({"type": ["string", "null"]}, str),
            ({"type": "string", "format": "date-time"}, str),
            ({"type": "string", "enum": ["a", "b"]}, Literal["a"]),
            ({"type": "object", "properties": {}, "required": []}, records.Side),
        ]:
            with self.assertRaises((AssertionError, TypeError)):
                self.same(schema, hint, "it")


if __name__ == "__main__":
    unittest.main()
