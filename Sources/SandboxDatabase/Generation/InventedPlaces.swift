/// An address on an invented street in a real town.
struct PostalAddress: Sendable, Hashable {
  var street: String
  var city: String
  var state: String
  var zip: String
}

/// Towns, streets and plants.
enum InventedPlaces {
  private static let towns: [(city: String, state: String, zip: String)] = [
    ("Baton Rouge", "LA", "70801"), ("Lake Charles", "LA", "70601"), ("Geismar", "LA", "70734"),
    ("Houma", "LA", "70360"), ("Lafayette", "LA", "70501"), ("Monroe", "LA", "71201"),
    ("Houston", "TX", "77002"), ("Beaumont", "TX", "77701"), ("Port Arthur", "TX", "77640"),
    ("Corpus Christi", "TX", "78401"), ("Odessa", "TX", "79761"), ("Tulsa", "OK", "74103"),
    ("Mobile", "AL", "36602"), ("Pascagoula", "MS", "39567"), ("Denver", "CO", "80202"),
    ("Salt Lake City", "UT", "84101"), ("Charlotte", "NC", "28202"), ("El Dorado", "AR", "71730"),
  ]
  private static let streets = [
    "Heron Bend", "Old Kiln", "Cypress Gauge", "Copper Lantern", "Millrace", "Quarry Hollow",
    "Tall Sedge", "Pelican Row", "Signal Oak", "Ferry Landing", "Brickyard", "Lantern Hill",
  ]
  private static let kinds = ["Road", "Street", "Lane", "Drive", "Avenue", "Court"]
  private static let owners = [
    "Bayou Verde", "Calder", "Northmere", "Sabine Point", "Ironwood", "Red Heron", "Summit Vale",
    "Delta Crown", "Harrow", "Blue Mesa", "Pine Levee", "Stonegate", "Gulf Lantern", "Kestrel",
  ]
  private static let works = [
    "Chemical Plant", "Refinery", "Paper Mill", "Terminal", "Power Station", "Hospital",
    "Data Center", "Water Works", "Shipyard", "Campus",
  ]
  static let tasks = [
    "Boiler Outage", "Tank Farm Piping", "Substation Upgrade", "Turnaround", "Maintenance",
    "Cooling Tower", "Control Room", "Pipe Rack", "Fire Water Loop", "Lighting Retrofit",
    "Compressor Skid", "Chiller Replacement", "Scaffolding", "Insulation",
  ]

  /// A postcode mostly has its last four digits; some end in the hyphen before them.
  static func address(_ random: inout SeededRandom) -> PostalAddress {
    let town = random.pick(towns)
    let plus = random.below(1000)
    let zip =
      plus < 980
      ? "\(town.zip)-\(random.between(1000, 9999))" : plus < 990 ? town.zip + "-" : town.zip
    return PostalAddress(
      street: "\(random.between(100, 9899)) \(random.pick(streets)) \(random.pick(kinds))",
      city: town.city, state: town.state, zip: zip)
  }

  static func plant(_ random: inout SeededRandom) -> String {
    "\(random.pick(owners)) \(random.pick(works))"
  }
}
