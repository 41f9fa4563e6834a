import CLibPQ
import Foundation
import Rows

/// A column of a prepared statement's result, as the protocol describes it.
struct RawColumn {
  var name: String
  var type: Oid
  var modifier: Int32
  var table: Oid
  var attribute: Int32

  static func all(_ result: borrowing ServerResult) -> [RawColumn] {
    let pointer = result.pointer
    return (0..<PQnfields(pointer)).map { index in
      RawColumn(
        name: PQfname(pointer, index).map { String(cString: $0) } ?? "",
        type: PQftype(pointer, index), modifier: PQfmod(pointer, index),
        table: PQftable(pointer, index), attribute: PQftablecol(pointer, index))
    }
  }
}

/// A result column, and how its values are fetched.
struct CataloguedColumn {
  var column: Column
  var wire: WireType
  /// What has to be put around the column for the server to send a form that is read here.
  var cast: Cast

  enum Cast {
    case none, text, arrayOfText
    /// The array type by its name on the server.
    case array(String)
  }

  /// `reference` as it is selected.
  func selected(_ reference: String) -> String {
    switch cast {
    case .none: reference
    case .text: "\(reference)::pg_catalog.text"
    case .arrayOfText:
      "\(reference)::pg_catalog.text[]"
    case .array(let name): "\(reference)::\(name)"
    }
  }

  /// `reference` as rows are ordered by it: text by its bytes.
  func ordered(_ reference: String) -> String {
    column.type == .text ? "\(reference)::pg_catalog.text collate \"C\"" : reference
  }
}

extension Session {
  /// Finds the columns of a prepared statement: their types, origins and nullability.
  func columns(ofPrepared name: String, sql: String, parameters: Int) throws(PostgresError)
    -> [CataloguedColumn]
  {
    let raw = try describe(name) { RawColumn.all($0) } ?? []
    guard !raw.isEmpty else {
      throw .statement("The statement brings no columns.", at: nil, remedy: "Write a SELECT.")
    }
    let facts = try catalogueFacts(raw)
    let nulls = try planNullability(ofPrepared: name, sql: sql, parameters: parameters)
    return raw.indices.map { place in
      let (raw, fact) = (raw[place], facts[place])
      let (wire, cast): (WireType, CataloguedColumn.Cast) =
        if let known = WireType(raw.type) {
          (known, .none)
        } else if let base = fact.base, let known = WireType(base.type) {
          (known, .array(base.name))
        } else if fact.isArray {
          (.array(.text), .arrayOfText)
        } else {
          (.text, .text)
        }
      let column = Column(
        name: raw.name, type: wire.columnType, declared: fact.declared,
        nullable: fact.nullable(in: nulls, at: place, of: facts.count), origin: fact.origin,
        values: fact.values)
      return CataloguedColumn(column: column, wire: wire, cast: cast)
    }
  }

  private struct Fact {
    var declared: String
    var isArray: Bool
    /// Of an array of a domain: the array type of what the domain is made of.
    var base: (type: Oid, name: String)?
    /// The labels of an enumeration.
    var values: [String]?
    var origin: String?
    var table: String?
    var notNull: Bool?

    func nullable(in plan: PlanNullability?, at place: Int, of count: Int) -> Bool? {
      if let plan, plan.isNeverNull(place, of: count, table: table, origin: origin) { return false }
      guard let table, let notNull else { return nil }
      return !notNull || plan?.isOptional(table) == true ? true : nil
    }
  }

  private func catalogueFacts(_ raw: [RawColumn]) throws(PostgresError) -> [Fact] {
    let sql = """
      select pg_catalog.format_type(t.oid, c.modifier::int4),
        t.typcategory = 'A' and t.typelem <> 0,
        n.nspname::text, r.relname::text, a.attname::text,
        case when r.relkind in ('r', 'p', 'f') then a.attnotnull end,
        case when t.typtype = 'e' then (
          select pg_catalog.array_agg(e.enumlabel::text order by e.enumsortorder)
          from pg_catalog.pg_enum e where e.enumtypid = t.oid) end,
        b.typarray::int8, pg_catalog.format_type(b.typarray, null)
      from rows from (
        pg_catalog.unnest($1::int8[]), pg_catalog.unnest($2::int8[]),
        pg_catalog.unnest($3::int8[]), pg_catalog.unnest($4::int8[])
      ) with ordinality as c (type, modifier, relation, attribute, place)
      join pg_catalog.pg_type t on t.oid = c.type::oid
      left join pg_catalog.pg_type el on el.oid = t.typelem and el.typtype = 'd'
      left join pg_catalog.pg_type b on b.oid = el.typbasetype and b.typarray <> 0
      left join pg_catalog.pg_class r on r.oid = c.relation::oid
      left join pg_catalog.pg_namespace n on n.oid = r.relnamespace
      left join pg_catalog.pg_attribute a
        on a.attrelid = r.oid and a.attnum = c.attribute and c.attribute > 0
      order by c.place
      """
    let lists: [[Int64]] = [
      raw.map { Int64($0.type) }, raw.map { Int64($0.modifier) }, raw.map { Int64($0.table) },
      raw.map { Int64($0.attribute) },
    ]
    let values = lists.map { BoundValue(oid: 1016, bytes: ParameterValue.ints($0).binary) }
    let batch = try execute(SentText(text: sql), values: values) { (result) throws(PostgresError) in
      RowBatch(wholeResult: result)
    }
    guard let batch, batch.count == raw.count else {
      throw PostgresError(
        code: .sql, message: "The server's catalogue does not know its own types.",
        remedy: "Run the query again: its tables may just be changing.")
    }
    return (0..<batch.count).map { row in
      let hasTable = !batch.isNull(row, 3)
      let table = hasTable ? "\(batch.text(row, 2)).\(batch.text(row, 3))" : nil
      let hasColumn = hasTable && !batch.isNull(row, 4)
      return Fact(
        declared: batch.text(row, 0), isArray: batch.bool(row, 1),
        base: Oid(exactly: batch.int(row, 7)).flatMap {
          batch.isNull(row, 7) ? nil : ($0, batch.text(row, 8))
        },
        values: batch.texts(row, 6),
        origin: hasColumn ? table.map { "\($0).\(batch.text(row, 4))" } : nil, table: table,
        notNull: batch.isNull(row, 5) ? nil : batch.bool(row, 5))
    }
  }
}

extension RowBatch {
  /// The elements of an array of text without NULLs.
  func texts(_ row: Int, _ column: Int) -> [String]? {
    withBytes(row, column) { try? JSONDecoder().decode([String].self, from: Data($0)) }
  }

  /// All rows of a small result. Columns of types without a decoder are unreadable.
  init(wholeResult result: borrowing ServerResult) {
    let pointer = result.pointer
    let raw = RawColumn.all(result)
    let wires = raw.map { WireType($0.type) }
    let rows = PQntuples(pointer)
    self.init(
      columns: zip(raw, wires).map { raw, wire in
        Column(name: raw.name, type: wire?.columnType ?? .text, declared: "type \(raw.type)")
      }, rowCapacity: Int(rows))
    let decoders = wires.map { wire in
      wire.map { ValueDecoder($0) }
    }
    var scratch: [UInt8] = []
    var draft = RowDraft(self)
    for row in 0..<rows {
      for (index, decoder) in decoders.enumerated() {
        let field = Int32(index)
        if PQgetisnull(pointer, row, field) == 1 {
          draft.appendNull()
        } else if let decoder {
          let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(pointer, row, field), count: Int(PQgetlength(pointer, row, field)))
          decoder.append(bytes, to: &draft, scratch: &scratch)
        } else {
          draft.appendUnreadable("must be cast to text")
        }
      }
      append(&draft)
    }
  }
}
