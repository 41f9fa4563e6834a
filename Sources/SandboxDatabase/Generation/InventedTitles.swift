/// Titles, as sites write them into a field of their own.
enum InventedTitles {
  private static let trades = [
    "Electrician", "Pipefitter", "Welder", "Carpenter", "Ironworker", "Millwright", "Boilermaker",
    "Instrument Tech", "Insulator", "Painter", "Scaffold Builder", "Rigger", "Crane Operator",
    "Equipment Operator", "Laborer", "Concrete Finisher", "Sheet Metal Worker", "HVAC Tech",
    "Mechanic", "Surveyor", "Plumber", "Lineman",
  ]
  private static let ranks = [
    " Foreman", " Helper", " Apprentice", " Gen Foreman", " Lead", " Trainee",
  ]
  private static let office = [
    "Project Manager", "Superintendent", "Safety Manager", "Safety Specialist", "Estimator",
    "Project Engineer", "Payroll Clerk", "Accountant", "Warehouse Clerk", "Truck Driver",
  ]
  static let correct: [String] = {
    var titles = Array(office.prefix(4)) + trades + Array(office.dropFirst(4))
    for rank in ranks { titles += trades.map { trade in trade + rank } }
    titles += trades.map { trade in "Senior " + trade }
    titles += trades.map { trade in "Night " + trade }
    return titles
  }()

  /// The same title, spelt as somebody in a hurry did.
  static func misspelt(_ title: String) -> String {
    let replacements = [
      ("Foreman", "Forman"), ("Electrician", "Electrican"), ("Welder", "Weldor"),
      ("Manager", "Mgr"), ("Specialist", "Speciallist"), ("Helper", "Helpr"), ("er", "eer"),
      ("t", "tt"), ("i", "ii"), ("a", "aa"),
    ]
    for (right, wrong) in replacements where title.contains(right) {
      return title.replacing(right, with: wrong, maxReplacements: 1)
    }
    return title + "s"
  }
}
