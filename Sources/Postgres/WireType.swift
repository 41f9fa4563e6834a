import CLibPQ
import Rows

/// The server's types whose binary form is read here. All others are cast to text on the server.
indirect enum WireType: Sendable, Hashable {
  case bool, int2, int4, int8, oid, float4, float8, numeric
  /// Text in any form that needs no more than a check.
  case text
  /// `character(n)`, without its padding, which is not part of its value.
  case paddedText
  case date, time, timestamp, timestamptz, uuid, json, jsonb, bytes
  case array(WireType)

  init?(_ oid: Oid) {
    switch oid {
    case 16: self = .bool
    case 21: self = .int2
    case 23: self = .int4
    case 20: self = .int8
    case 26: self = .oid
    case 700: self = .float4
    case 701: self = .float8
    case 1700: self = .numeric
    case 19, 25, 705, 1043: self = .text
    case 1042: self = .paddedText
    case 1082: self = .date
    case 1083: self = .time
    case 1114: self = .timestamp
    case 1184: self = .timestamptz
    case 2950: self = .uuid
    case 114: self = .json
    case 3802: self = .jsonb
    case 17: self = .bytes
    case 1000: self = .array(.bool)
    case 1001: self = .array(.bytes)
    case 1005: self = .array(.int2)
    case 1007: self = .array(.int4)
    case 1016: self = .array(.int8)
    case 1028: self = .array(.oid)
    case 1021: self = .array(.float4)
    case 1022: self = .array(.float8)
    case 1231: self = .array(.numeric)
    case 1003, 1009, 1015: self = .array(.text)
    case 1014: self = .array(.paddedText)
    case 1182: self = .array(.date)
    case 1183: self = .array(.time)
    case 1115: self = .array(.timestamp)
    case 1185: self = .array(.timestamptz)
    case 2951: self = .array(.uuid)
    case 199: self = .array(.json)
    case 3807: self = .array(.jsonb)
    default: return nil
    }
  }

  var columnType: ColumnType {
    switch self {
    case .bool: .bool
    case .int2, .int4, .int8, .oid: .int
    case .float4, .float8: .double
    case .numeric: .decimal
    case .text, .paddedText: .text
    case .date: .date
    case .time: .time
    case .timestamp: .timestamp
    case .timestamptz: .timestamptz
    case .uuid: .uuid
    case .json, .jsonb: .json
    case .bytes: .bytes
    case .array(let element): .array(element.columnType)
    }
  }

  /// The number of bytes of every value, where all have the same.
  var width: Int? {
    switch self {
    case .bool: 1
    case .int2: 2
    case .int4, .oid, .float4, .date: 4
    case .int8, .float8, .time, .timestamp, .timestamptz: 8
    case .uuid: 16
    default: nil
    }
  }
}
