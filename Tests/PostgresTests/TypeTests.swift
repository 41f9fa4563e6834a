import Rows
import Testing

@testable import Postgres

@Suite struct TypeTests {
  @Test(arguments: [
    ("true", "true"), ("false", "false"), ("(-32768)::int2", "-32768"),
    ("2147483647::int4", "2147483647"), ("(-9223372036854775808)::int8", "-9223372036854775808"),
    ("4294967295::oid", "4294967295"), ("0.1::float4", "0.1"), ("1e-300::float8", "1e-300"),
    ("'NaN'::float8", "nan"), ("'-Infinity'::float8", "-inf"),
    ("0::numeric", "0"), ("-0.00::numeric", "0.00"), ("1.50::numeric(10,2)", "1.50"),
    ("0.0001::numeric", "0.0001"), ("-0.00000001::numeric", "-0.00000001"),
    ("10000::numeric", "10000"), ("100000000.00001::numeric", "100000000.00001"),
    (
      "12345678901234567890123456789.987654321::numeric",
      "12345678901234567890123456789.987654321"
    ),
    ("1e20::numeric", "100000000000000000000"),
    ("9999.9999::numeric", "9999.9999"),
    ("'a  '::char(5)", "a"), ("'a  '::varchar(5)", "a  "), ("''::text", ""),
    ("'Zoë 日本 🚧'::text", "Zoë 日本 🚧"), ("'x'::name", "x"), ("'u'", "u"),
    ("'A'::\"char\"", "A"),
    ("date '2000-01-01'", "2000-01-01"), ("date '1970-01-01'", "1970-01-01"),
    ("date '0001-01-01'", "0001-01-01"), ("date '9999-12-31'", "9999-12-31"),
    ("date '2024-02-29'", "2024-02-29"), ("date '1900-02-28'", "1900-02-28"),
    ("date 'infinity'", "infinity"), ("date '-infinity'", "-infinity"),
    ("date '0001-12-31 BC'", "!holds a date outside the years 1 to 9999"),
    ("timestamp '1999-12-31 23:59:59.999999'", "1999-12-31T23:59:59.999999"),
    ("timestamp '2024-02-29 00:00:00.5'", "2024-02-29T00:00:00.5"),
    ("timestamp 'infinity'", "!holds an infinite timestamp"),
    ("timestamptz '1970-01-01 00:00:01+00'", "1000000"),
    ("timestamptz '1969-12-31 23:59:59.5+00'", "-500000"),
    ("timestamptz 'infinity'", "!holds an infinite or too late moment"),
    ("timestamptz '294276-12-31 00:00+00'", "!holds an infinite or too late moment"),
    ("time '23:59:59.01'", "23:59:59.01"), ("time '24:00'", "24:00:00"),
    ("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("'{\"b\": 1,\"a\":[]}'::json", "{\"b\": 1,\"a\":[]}"), ("'[1, 2]'::jsonb", "[1, 2]"),
    ("'\\xdeadbeef'::bytea", "deadbeef"),
    ("'NaN'::numeric", "!holds a number that is not finite"),
    ("'Infinity'::numeric", "!holds a number that is not finite"),
    ("interval '1 day 2 hours'", "1 day 02:00:00"), ("'12:00+02'::timetz", "12:00:00+02"),
    ("'mon'::mood", "mon"), ("'10.0.0.1'::inet", "10.0.0.1/32"), ("7::small", "7"),
    ("array[1,2,null]::int4[]", "[1,2,null]"), ("'{}'::int8[]", "[]"),
    ("array['a\"b', E'\\n\\\\', null, 'é']", #"["a\"b","\u000a\\",null,"é"]"#),
    ("array[true,false]", "[true,false]"), ("array[1.50, 2]::numeric[]", #"["1.50","2"]"#),
    ("array[date '2024-01-02']", #"["2024-01-02"]"#), ("array[0.5]::float8[]", "[0.5]"),
    ("array['{\"a\":1}']::jsonb[]", #"[{"a": 1}]"#),
    ("array[7, null]::small[]", "[7,null]"), ("array['a']::zip[]", #"["a"]"#),
    ("array['mon','tue']::mood[]", #"["mon","tue"]"#),
    ("array[timestamptz '2024-07-01 12:00:00.5+02', null]", #"["2024-07-01T10:00:00.5Z",null]"#),
    ("array[timestamptz '0001-12-31 BC']", "!holds a moment outside the years 1 to 9999"),
    ("array[timestamptz 'infinity']", "!holds an infinite or too late moment"),
    ("array[timestamp '2024-07-01 12:00']", #"["2024-07-01T12:00:00"]"#),
    ("array[time '12:00', null]", #"["12:00:00",null]"#),
    (
      "array['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid]",
      #"["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]"#
    ),
    ("array['\\xdeadbeef'::bytea, null]", #"["deadbeef",null]"#),
    ("array[9007199254740993, -1]::int8[]", "[9007199254740993,-1]"),
    ("array[12345678901234567890.10, null]::numeric[]", #"["12345678901234567890.10",null]"#),
    ("array['NaN']::numeric[]", "!holds a number that is not finite"),
    ("array['infinity']::date[]", #"["infinity"]"#),
    ("array['a ']::char(3)[]", #"["a"]"#), ("array[0.1]::float4[]", "[0.1]"),
    ("array['NaN']::float8[]", "!holds a number that is not finite"),
    ("array[interval '1 day 2 hours']", #"["1 day 02:00:00"]"#),
    ("array['10.0.0.1'::inet]", #"["10.0.0.1/32"]"#), ("'[2:3]={7,8}'::int4[]", "[7,8]"),
    (
      "'{\"a\":12345678901234567890, \"b\":0.1000000000000000055}'::jsonb",
      #"{"a": 12345678901234567890, "b": 0.1000000000000000055}"#
    ),
    ("row(1, 'x y')", "(1,\"x y\")"), ("int4range(1, 5)", "[1,5)"),
    ("tstzrange('2024-07-01 12:00+02', null)", "[\"2024-07-01 10:00:00+00\",)"),
    ("array[[1,2],[3,4]]", "!holds an array of several dimensions"),
  ])
  func valuesHaveOneCanonicalForm(sql: String, expected: String) async throws {
    let database = try await Self.database.get()
    let rows = try await database.all("select \(sql) as v, null::text")
    #expect(rows == [[expected, nil]])
  }

  @Test func nullOfEveryTypeIsNull() async throws {
    let database = try await Self.database.get()
    let types = [
      "bool", "int2", "int4", "int8", "oid", "float4", "float8", "numeric", "text", "varchar(3)",
      "char(3)", "name", "date", "time", "timestamp", "timestamptz", "uuid", "json", "jsonb",
      "bytea", "interval", "mood", "small", "int4[]", "text[]", "mood[]", "numeric[]", "money",
    ]
    let rows = try await database.all(
      "select " + types.map { "null::\($0)" }.joined(separator: ", "))
    #expect(rows == [[String?](repeating: nil, count: types.count)])
  }

  static let database = Task {
    try await TestDatabase(
      "create type mood as enum ('mon', 'tue'); create domain small as int check (value < 10); "
        + "create domain zip as varchar(12);")
  }

  @Test func parametersOfEveryTypeArriveUnchanged() async throws {
    let database = try await Self.database.get()
    let values: [(ParameterValue, String)] = [
      (.bool(true), "true"), (.int(.min), "\(Int64.min)"), (.double(-0.1), "-0.1"),
      (.decimal("-0012.50"), "-12.50"), (.decimal("0.00001"), "0.00001"), (.decimal("0"), "0"),
      (.decimal("100000000"), "100000000"),
      (.decimal("12345678901234567890.12345678901"), "12345678901234567890.12345678901"),
      (.text(""), ""), (.text("Zoë'; --"), "Zoë'; --"), (.date("0001-01-01"), "0001-01-01"),
      (.date("2024-02-29"), "2024-02-29"),
      (.timestamp("1999-12-31T23:59:59.000001"), "1999-12-31T23:59:59.000001"),
      (.timestamptz(-1), "-1"), (.time("01:02:03.5"), "01:02:03.5"),
      (.uuid("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
      (.json("{\"a\": [1]}"), "{\"a\": [1]}"), (.bytes([0, 255]), "0ff"),
      (.ints([1, -2, .max]), "[1,-2,\(Int64.max)]"), (.ints([]), "[]"),
      (.texts(["a", "", "\"", "é"]), #"["a","","\"","é"]"#),
    ]
    for (value, expected) in values {
      let rows = try await database.all("select :v as v", ["v": value])
      #expect(rows == [[expected]])
      let null = try await database.all("select :v as v", ["v": .null(value.type)])
      #expect(null == [[nil]])
    }
  }

  @Test(arguments: [
    ParameterValue.decimal("1e5"), .decimal(""), .decimal("1."), .decimal("NaN"),
    .date("2023-02-29"), .date("2023-2-9"), .date("infinity"), .timestamp("2023-01-01"),
    .timestamp("2023-01-01T24:00:00"), .time("25:00:00"), .uuid("nope"), .timestamptz(.min),
  ])
  func valuesOfTheWrongFormAreRefused(value: ParameterValue) async throws {
    let prepared = try PreparedText("select :v")
    let error = #expect(throws: PostgresError.self) { try prepared.bind(["v": value]) }
    #expect(error?.code == .parameter)
  }

  @Test func aMissingParameterIsNamed() async throws {
    let prepared = try PreparedText("select :missing_one")
    let error = #expect(throws: PostgresError.self) { try prepared.bind([:]) }
    #expect(error?.message.contains(":missing_one") == true)
  }

  @Test(arguments: [
    ("varchar(60)", 60, nil, nil, nil), ("char(3)", 3, nil, nil, nil), ("text", nil, nil, nil, nil),
    ("numeric(8,6)", nil, 8, 6, nil), ("numeric(5)", nil, 5, 0, nil),
    ("numeric", nil, nil, nil, nil), ("varchar(60)[]", nil, nil, nil, nil),
    ("mood", nil, nil, nil, ["mon", "tue"]), ("mood[]", nil, nil, nil, nil),
    ("zip", 12, nil, nil, nil), ("small", nil, nil, nil, nil),
  ])
  func declaredBoundsAreKnown(
    type: String, maxLength: Int?, precision: Int?, scale: Int?, values: [String]?
  ) async throws {
    let database = try await Self.database.get()
    let column = try await database.source.withConnection { connection in
      try await connection.describe("select null::\(type) as v")[0]
    }
    #expect(column.maxLength == maxLength)
    #expect(column.digits?.precision == precision)
    #expect(column.digits?.scale == scale)
    #expect(column.values == values)
  }

  @Test(
    arguments: [
      ("smallint", -32768...32767), ("integer", -2_147_483_648...2_147_483_647),
      ("bigint", .min ... .max), ("oid", 0...4_294_967_295),
      ("small", -2_147_483_648...2_147_483_647),
    ] as [(String, ClosedRange<Int64>)])
  func integersHaveTheRangeOfTheirWidth(type: String, range: ClosedRange<Int64>) async throws {
    let database = try await Self.database.get()
    let column = try await database.source.withConnection { connection in
      try await connection.describe("select null::\(type) as v")[0]
    }
    #expect(column.range == range)
  }

  @Test func describeTellsTypesOriginsAndNullability() async throws {
    let database = try await TestDatabase(
      """
      create schema viewpoint;
      create table viewpoint."bPREH" ("PRCo" smallint not null, "LastName" varchar(30) not null,
        "Sex" char(1), "Rate" numeric(8,6), primary key ("PRCo"));
      create table viewpoint.j (id int not null, "PRCo" smallint not null);
      create view viewpoint.v as select "PRCo" from viewpoint."bPREH";
      """)
    try await database.source.withConnection { connection in
      let columns = try await connection.describe(
        """
        select h."PRCo", h."LastName", h."Sex", h."Rate", j.id, h."PRCo" + 1 as next, :p as given
        from viewpoint."bPREH" h left join viewpoint.j on j."PRCo" = h."PRCo"
        where h."PRCo" = :p
        """, parameters: ["p": .int])
      #expect(
        columns == [
          Column(
            name: "PRCo", type: .int, declared: "smallint", nullable: false,
            origin: "viewpoint.bPREH.PRCo"),
          Column(
            name: "LastName", type: .text, declared: "character varying(30)", maxLength: 30,
            nullable: false, origin: "viewpoint.bPREH.LastName"),
          Column(
            name: "Sex", type: .text, declared: "character(1)", maxLength: 1, nullable: true,
            origin: "viewpoint.bPREH.Sex"),
          Column(
            name: "Rate", type: .decimal, declared: "numeric(8,6)", nullable: true,
            origin: "viewpoint.bPREH.Rate"),
          Column(
            name: "id", type: .int, declared: "integer", nullable: true,
            origin: "viewpoint.j.id"),
          Column(name: "next", type: .int, declared: "integer", nullable: false),
          Column(name: "given", type: .int, declared: "bigint"),
        ])
      #expect(columns[3].digits == DecimalDigits(precision: 8, scale: 6))
      #expect(columns[0].range == -32768...32767)
    }
  }
}

extension Task where Failure == any Error {
  func get() async throws -> Success { try await value }
}
