/// Vehicle identification numbers with a right check digit and a maker that does not exist.
enum VehicleIdentification {
  /// Makers' codes from E9 to E0 are not assigned to anybody.
  static let maker = "E9X"

  private static let letters = Array("ABCDEFGHJKLMNPRSTUVWXYZ0123456789".utf8)
  private static let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]

  static func number(_ random: inout SeededRandom, serial: Int) -> String {
    var bytes = Array(maker.utf8)
    for _ in 0..<5 { bytes.append(random.pick(letters)) }
    bytes.append(UInt8(ascii: "0"))
    for _ in 0..<2 { bytes.append(random.pick(letters)) }
    bytes += Array(serial.padded(6).utf8)
    bytes[8] = checkDigit(bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  static func isValid(_ number: String) -> Bool {
    let bytes = Array(number.utf8)
    return bytes.count == 17 && bytes.allSatisfy { value($0) != nil }
      && bytes[8] == checkDigit(bytes)
  }

  private static func checkDigit(_ bytes: [UInt8]) -> UInt8 {
    let sum = zip(bytes, weights).reduce(0) { $0 + (value($1.0) ?? 0) * $1.1 }
    return sum % 11 == 10 ? UInt8(ascii: "X") : UInt8(ascii: "0") + UInt8(sum % 11)
  }

  /// Letters count as digits, without I, O and Q.
  private static func value(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "A")...UInt8(ascii: "H"): Int(byte - UInt8(ascii: "A")) + 1
    case UInt8(ascii: "J")...UInt8(ascii: "N"): Int(byte - UInt8(ascii: "J")) + 1
    case UInt8(ascii: "P"): 7
    case UInt8(ascii: "R"): 9
    case UInt8(ascii: "S")...UInt8(ascii: "Z"): Int(byte - UInt8(ascii: "S")) + 2
    default: nil
    }
  }
}
