import Testing

@testable import Engine

@Suite struct MappingShapeTests {
  private func shape(_ columns: (String?, MappingShape.KeyColumn.Kind)...) -> MappingShape {
    MappingShape(
      resource: "crm/people", key: columns.map { MappingShape.KeyColumn(name: $0.0, kind: $0.1) })
  }

  @Test func aKeyOfAnotherShapeIsAnother() {
    let id = shape(("id", .int))
    for other in [
      shape(("id", .text)), shape(("id", .bool)), shape(("co", .int), ("id", .int)), shape(),
    ] {
      #expect(!other.takesKeys(of: id, columns: ["id", "co"]))
      #expect(!id.takesKeys(of: other, columns: ["id", "co"]))
    }
    #expect(id.takesKeys(of: id, columns: ["id"]))
  }

  @Test func theOrderOfTheColumnsCounts() {
    let two = shape(("co", .int), ("id", .int))
    #expect(!shape(("id", .int), ("co", .int)).takesKeys(of: two, columns: ["co", "id"]))
    #expect(two.takesKeys(of: two, columns: ["id", "co"]))
  }

  @Test func anotherNameIsTheSameColumnOnlyWhereTheOldOneIsGone() {
    let (id, badge) = (shape(("id", .int)), shape(("badge", .int)))
    #expect(badge.takesKeys(of: id, columns: ["badge", "name"]))
    #expect(!badge.takesKeys(of: id, columns: ["badge", "id"]))
  }

  @Test func whatIsWrittenInOneWayOnlyMayBecomeText() {
    for kind in [MappingShape.KeyColumn.Kind.uuid, .date] {
      let before = shape(("id", kind))
      #expect(shape(("id", .text)).takesKeys(of: before, columns: ["id"]))
      #expect(!before.takesKeys(of: shape(("id", .text)), columns: ["id"]))
      // Of an earlier release only the encoding is known.
      #expect(before.takesKeys(of: shape((nil, .text)), columns: ["id"]))
    }
    #expect(!shape(("id", .text)).takesKeys(of: shape((nil, .int)), columns: ["id"]))
  }

  @Test func theEncodingOfAKeyTellsItsShape() {
    let key = Key([.int(7), .text("x"), .bool(true)])
    #expect(
      MappingShape(resource: "crm/people", of: key)
        == shape((nil, .int), (nil, .text), (nil, .bool)))
    #expect(MappingShape(resource: "crm/people", of: Key(bytes: [9])) == nil)
  }
}
