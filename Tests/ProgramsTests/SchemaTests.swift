import Diagnostics
import Documents
import JSON
import Testing

@testable import Programs

@Suite struct SchemaTests {
  private func read(_ text: String) throws -> (schema: SchemaNode, findings: [Diagnostic]) {
    var diagnostics: [Diagnostic] = []
    let file = SourceFile(path: "schema.json", text: text)
    let document = try #require(Document(file, &diagnostics), "\(diagnostics)")
    var reader = SchemaReader(document)
    let schema = reader.read()
    return (try #require(schema), diagnostics + reader.diagnostics)
  }

  private func schema(_ text: String) throws -> SchemaNode {
    let (schema, findings) = try read(text)
    #expect(findings.filter { $0.severity == .error }.isEmpty, "\(findings)")
    return schema
  }

  private func problems(_ text: String, _ value: String) throws -> [String] {
    try schema(text).problems(with: try JSON(parsing: value))
  }

  @Test(arguments: [
    (#"{"type":"integer"}"#, "1.0", ""),
    (#"{"type":"integer"}"#, "1.5", "1.5 is not of type integer"),
    (
      #"{"type":"integer","format":"int64"}"#, "99999999999999999999",
      "too large for a 64-bit number"
    ),
    (#"{"type":"integer"}"#, "99999999999999999999", ""),
    (#"{"type":"integer","format":"int32"}"#, "2147483648", "too large for a 32-bit number"),
    (#"{"type":["string","null"]}"#, "null", ""),
    (#"{"maxLength":2}"#, #""éa""#, ""),
    (#"{"maxLength":2}"#, #""abc""#, "has 3 characters; 2 are allowed"),
    (#"{"minLength":1}"#, #""""#, "is empty"),
    (#"{"enum":[1,"a"]}"#, "1.0", ""), (#"{"enum":[1,"a"]}"#, #""b""#, "is none of 1, \"a\""),
    (#"{"maximum":1e300}"#, "1e301", "is more than 1e+300"),
    (#"{"minimum":-5}"#, "-6", "is less than -5"),
    (#"{"pattern":"^a"}"#, #""b""#, "does not match ^a"),
    (#"{"items":{"type":"integer"},"maxItems":1}"#, #"[1,"x"]"#, "has 2 elements; 1 are allowed"),
    (#"{"minItems":1}"#, "[]", "at least 1 are needed"),
    (#"{"required":["a"],"additionalProperties":false}"#, #"{"b":1}"#, "lacks `a`"),
    (#"{"format":"email"}"#, #""a@b""#, "is not an e-mail address"),
    (#"{"format":"email"}"#, #""a@example.com""#, ""),
    (#"{"format":"email"}"#, #""a@b.com;""#, "is not an e-mail address: `;` cannot be part of it"),
    (#"{"format":"email"}"#, #""a@b..com""#, "a dot is first, last, or next to another"),
    (#"{"format":"email"}"#, #""a..l@b.com""#, "a dot is first, last, or next to another"),
    (#"{"format":"email"}"#, #""a@b.com.""#, "a dot is first, last, or next to another"),
    (#"{"format":"email"}"#, #""a b@c.de""#, "U+0020 cannot be part of it"),
    (#"{"format":"email"}"#, #""'a@b.de'""#, "is not the domain of a mailbox"),
    (#"{"format":"email"}"#, #""a@b.de, c@d.de""#, "`,` cannot be part of it"),
    (#"{"format":"email"}"#, #""a@@b.de""#, "it has several @"),
    (#"{"format":"email"}"#, #""n/a""#, "it has no @"),
    (#"{"format":"email"}"#, #""a\u200b@b.de""#, "U+200B cannot be part of it"),
    (#"{"format":"email"}"#, #""\u0430da@b.de""#, "(U+0430) cannot be part of it"),
    (#"{"format":"uri"}"#, #""https://a.example/%2F?q=1""#, ""),
    (#"{"format":"uri"}"#, #""https://a.example/%2""#, "is not an absolute URI"),
    (#"{"format":"uri"}"#, #""https:a.example""#, "is not an absolute URI"),
    (#"{"format":"uri"}"#, #""https:///x""#, "is not an absolute URI"),
    (#"{"format":"date"}"#, #""2023-02-29""#, "is not a date"),
    (#"{"format":"date"}"#, #""2024-02-29""#, ""),
    (#"{"format":"date"}"#, #""1900-02-29""#, "date"),
    (#"{"format":"date-time"}"#, #""2024-02-29T23:59:60.5+01:00""#, ""),
    (#"{"format":"date-time"}"#, #""2024-02-29T24:00:00Z""#, "is not a date and time"),
    (#"{"format":"date-time"}"#, #""2024-02-29T10:00:00""#, "is not a date and time"),
    (#"{"format":"unheard-of"}"#, #""x""#, ""),
    (#"{"format":"time"}"#, #""10:00:00Z""#, ""),
    (#"{"format":"time"}"#, #""10:00""#, "a time of day"),
    (#"{"format":"uuid"}"#, #""0f8fad5b-d9cb-469f-a165-70867728950e""#, ""),
    (#"{"format":"uuid"}"#, #""0f8fad5b-d9cb-469f-a165-70867728950""#, "a UUID"),
    (#"{"format":"uri"}"#, #""https://a.example/b?c=d""#, ""),
    (#"{"format":"uri"}"#, #""a.example""#, "an absolute URI"),
    (#"{"format":"ipv4"}"#, #""10.0.0.255""#, ""),
    (#"{"format":"ipv4"}"#, #""10.0.0.256""#, "IPv4"),
    (#"{"format":"hostname"}"#, #""a-b.example""#, ""),
    (#"{"format":"hostname"}"#, #""-a.example""#, "a host name"),
    (#"{"exclusiveMinimum":0}"#, "0", "is not more than 0"),
    (#"{"exclusiveMinimum":0}"#, "0.1", ""),
    (#"{"exclusiveMaximum":1.5}"#, "1.5", "is not less than 1.5"),
    (#"{"multipleOf":0.01}"#, "1.10", ""),
    (#"{"multipleOf":0.01}"#, "1.105", "not a multiple of 0.01"),
    (#"{"multipleOf":10}"#, "1e3", ""), (#"{"multipleOf":3}"#, "-9", ""),
    (#"{"enum":[0.1]}"#, "1e-1", ""), (#"{"const":null}"#, "null", ""),
    (#"{"const":{"a":1,"b":2}}"#, #"{"b":2.0,"a":1}"#, ""),
    (#"{"uniqueItems":true}"#, "[1,2,1.0]", "has 1.0 twice"),
    (#"{"uniqueItems":true}"#, "[1,2]", ""),
    (#"{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}"#, #"["a",1,2]"#, ""),
    (#"{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}"#, #"["a","b"]"#, "integer"),
    (#"{"prefixItems":[{}],"items":false}"#, "[1,2]", "is what is not allowed here"),
    (#"{"minProperties":1}"#, "{}", "at least 1"),
    (#"{"maxProperties":1}"#, #"{"a":1,"b":2}"#, "1 are"),
    (#"{"dependentRequired":{"a":["b"]}}"#, #"{"a":1}"#, "has `a`, which needs `b`"),
    (#"{"dependentRequired":{"a":["b"]}}"#, #"{"c":1}"#, ""),
    (#"{"allOf":[{"minLength":2},{"maxLength":3}]}"#, #""abcd""#, "3 are allowed"),
    (#"{"anyOf":[{"type":"string"},{"minimum":5}]}"#, "4", "fits none of 2 alternatives"),
    (#"{"anyOf":[{"type":"string"},{"minimum":5}]}"#, "5", ""),
    (#"{"oneOf":[{"minimum":3},{"maximum":5}]}"#, "4", "fits 2 alternatives"),
    (#"{"oneOf":[{"minimum":3},{"maximum":5}]}"#, "6", ""),
    (#"{"not":{"required":["a"]}}"#, #"{"a":1}"#, "has `a`, which is not allowed here"),
    (
      #"{"if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"required":["a"]}}"#,
      #"{"k":1}"#, "lacks `a`"
    ),
    (
      #"{"if":{"properties":{"k":{"const":1}},"required":["k"]},"else":{"required":["a"]}}"#,
      #"{"k":2}"#, "lacks `a`"
    ),
    (##"{"$ref":"#/$defs/d","$defs":{"d":{"maxLength":1}}}"##, #""ab""#, "1 are allowed"),
    (##"{"$ref":"#/$defs/a~1b","$defs":{"a/b":{"maxLength":1}}}"##, #""ab""#, "1 are allowed"),
    ("true", "1", ""), (#"{"items":false}"#, "[]", ""),
  ])
  func aValueIsChecked(schema: String, value: String, words: String) throws {
    let found = try problems(schema, value).joined(separator: "; ")
    #expect(words.isEmpty ? found.isEmpty : found.contains(words), "\(found)")
  }

  @Test func aHiddenValueIsNotShown() throws {
    let node = try schema(#"{"items":{"type":"string","maxLength":1,"pattern":"^b"}}"#)
    let found = node.problems(with: ["secret"], show: { _ in "the value" })
    #expect(found == ["the value has 6 characters; 1 are allowed", "the value does not match ^b"])
  }

  @Test func pathsLeadIntoObjects() throws {
    let node = try schema(
      """
      { "properties": { "a": { "type": "object", "properties": { "b": { "type": "integer" } },
        "additionalProperties": false },
        "ids": { "type": "object", "propertyNames": { "pattern": "^[a-z]+$" },
          "additionalProperties": { "type": "string" } }, "s": { "type": "string" } },
        "additionalProperties": false }
      """)
    #expect(node.node(at: "a.b")?.kinds == [.integer])
    #expect(node.node(at: "a.c") == nil)
    #expect(node.node(at: "ids.key")?.kinds == [.string])
    #expect(node.node(at: "ids.Key") == nil)
    #expect(node.node(at: "s.x") == nil)
    #expect(node.node(at: "z") == nil)
  }

  @Test func pathsLeadThroughReferencesAndCombinations() throws {
    let node = try schema(
      ##"""
      { "properties": { "a": { "$ref": "#/$defs/name", "x-readPath": "b.c", "x-unique": true } },
        "allOf": [{ "properties": { "a": { "maxLength": 3 }, "z": { "type": "integer" } } }],
        "$defs": { "name": { "type": "string", "minLength": 1 } } }
      """##)
    let name = try #require(node.node(at: "a"))
    #expect(name.kinds == [.string] && name.minLength == 1)
    #expect(name.readPath == .path("b.c") && name.marks.isUnique)
    #expect(name.problems(with: "abcd") == ["\"abcd\" has 4 characters; 3 are allowed"])
    #expect(node.node(at: "z")?.kinds == [.integer])
  }

  @Test func aBodyIsCheckedAsAWhole() throws {
    let node = try schema(
      """
      { "required": ["name"], "properties": { "name": { "maxLength": 1 },
          "fence": { "properties": { "circle": { "required": ["radius"] } },
            "oneOf": [{ "required": ["circle"] }, { "required": ["polygon"] }] } },
        "dependentRequired": { "license": ["state"] } }
      """)
    #expect(node.hasRules)
    let rules = { (body: JSON) in node.brokenRules(in: body).map { "\($0.path): \($0.problem)" } }
    #expect(rules(["name": "too long", "license": "1", "state": "LA"]) == [])
    #expect(rules(["license": "1"]) == [": has `license`, which needs `state`"])
    #expect(rules(["fence": ["circle": [:]]]) == ["fence.circle: lacks `radius`"])
    #expect(
      rules(["fence": ["circle": ["radius": 1], "polygon": []]])
        == ["fence: fits 2 alternatives, of which exactly one may hold"])
  }

  @Test(arguments: [
    (#"{ "maxlength": 3 }"#, "E505", "maxlength", "did you mean `maxLength`?"),
    (#"{ "definitions": {} }"#, "E505", "definitions", "did you mean `$defs`?"),
    (#"{ "properties": { "a": { "unevaluatedItems": 1 } } }"#, "E505", "unevaluatedItems", "x-"),
    (#"{ "maxLength": -1 }"#, "E506", "-1", "a whole number from 0"),
    (#"{ "required": "a" }"#, "E506", "\"a\"", "a list of names"),
    (#"{ "type": "strin" }"#, "E506", "\"strin\"", "did you mean `string`?"),
    (#"{ "x-readPath": "tags[0].id" }"#, "E506", "\"tags[0].id\"", "a path such as"),
    (#"{ "then": {} }"#, "E506", "then", "if"),
    (#"{ "pattern": "(?=a)" }"#, "E507", "\"(?=a)\"", "look-around"),
    (##"{ "$ref": "#/$defs/a", "$defs": { "b": {} } }"##, "E508", "#/$defs/a", "#/$defs/b"),
    (#"{ "$ref": "other.json" }"#, "E508", "other.json", "copy"),
    (
      ##"{ "$ref": "#/$defs/a", "$defs": { "a": { "not": { "$ref": "#/$defs/a" } } } }"##, "E508",
      "a", "levels"
    ),
    (#"{ "format": "emial" }"#, "E509", "emial", "did you mean `email`?"),
    (#"{ "items": 3 }"#, "E502", "3", "type"),
  ])
  func aMistakeInASchemaHasItsPlace(text: String, code: String, at: String, help: String) throws {
    let finding = try #require(try read(text).findings.first)
    #expect(finding.code.id == code)
    #expect(finding.range?.text.contains(at) == true, "\(finding)")
    #expect((finding.help.joined() + finding.message).contains(help), "\(finding)")
  }
}
