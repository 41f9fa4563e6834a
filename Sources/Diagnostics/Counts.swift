extension Int {
  /// `1,800`
  package var grouped: String {
    let digits = String(magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return self < 0 ? "-" + text : text
  }

  /// `1 record`, `3 records`
  package func counted(_ noun: String) -> String { "\(grouped) \(noun)\(self == 1 ? "" : "s")" }
}

extension Duration {
  /// `33 s`, `4 min 10 s`, `2 h 5 min`
  package var words: String {
    let seconds = Int((self / .seconds(1)).rounded(.up))
    switch seconds {
    case ..<120: return "\(seconds) s"
    case ..<7200:
      return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s"
    default: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }
  }
}
