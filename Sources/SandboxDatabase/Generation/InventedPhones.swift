/// Telephone numbers that are reserved for invention: 555-0100 to 555-0199 of every area.
enum InventedPhones {
  /// Area codes as the numbering plan shapes them: no 0 or 1 in front, no N11, no N9X.
  private static let areas: [Int] = (201...989).filter { $0 % 100 != 11 && ($0 / 10) % 10 != 9 }

  /// A number that no other index below 70,000 has.
  static func number(_ index: Int) -> (area: String, line: String) {
    // A stride without a common factor with the stock visits every number once.
    let stock = areas.count * 100
    let place = (index % stock) * 7919 % stock
    return (String(areas[place / 100]), (100 + place % 100).padded(4))
  }

  static func dashed(_ index: Int) -> String {
    let number = number(index)
    return "\(number.area)-555-\(number.line)"
  }

  /// Seven digits: the area is missing.
  static func short(_ index: Int) -> String { "555-\(number(index).line)" }
}
