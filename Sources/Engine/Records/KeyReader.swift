import Programs
import Rows

/// Makes keys of rows, from the key's columns or from those of a former key.
struct KeyReader {
  private let columns: [(place: Int, isBool: Bool)]

  init(_ places: [Int], of program: MappingProgram) {
    columns = places.map { ($0, program.columns[$0].type == .bool) }
  }

  /// Puts the row's key in place of another, if its columns have values.
  @inline(__always)
  func key(of row: Int, in rows: RowsInPlace, into key: inout [UInt8]) -> Bool {
    key.removeAll(keepingCapacity: true)
    for (place, isBool) in columns {
      let cell = rows[row, place]
      switch cell.kind {
      case .null, .unreadable: return false
      case .number where isBool: KeyEncoding.append(cell.number != 0, to: &key)
      case .number: KeyEncoding.append(cell.number, to: &key)
      case .bytes: KeyEncoding.append(utf8: UnsafeRawBufferPointer(cell.bytes), to: &key)
      }
    }
    return true
  }
}
