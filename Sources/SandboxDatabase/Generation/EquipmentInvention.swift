extension ContractorInvention {
  /// Vehicles, components of machines, and machines, with the defects that vehicles have.
  func equipment(drivers: [Person], on jobs: [JobKey]) -> [Equipment] {
    var random = random("equipment")
    let machines = scale.equipment - scale.vehicles - scale.components
    var result = (0..<scale.vehicles).map { vehicle($0, drivers, jobs, &random) }
    result += (0..<machines).map { machine($0, jobs, &random) }
    result += (0..<scale.components).map { index in
      component(index, of: "M\((index % machines + 1).padded(5))", &random)
    }

    var vehicles = random.shuffled(Array(0..<scale.vehicles))[...]
    let spoilt = size.rows(of: scale.vehicles, perTenThousand: 250)
    for index in vehicles.take(spoilt) { result[index].vin = nil }
    for index in vehicles.take(spoilt) {
      result[index].vin = result[index].vin.map { String($0.dropLast()) }
    }
    for index in vehicles.take(size.rows(of: scale.equipment, perTenThousand: 50)) {
      if let other = vehicles.take(1).first { result[index].plate = result[other].plate }
    }
    return result
  }

  private func vehicle(
    _ index: Int, _ drivers: [Person], _ jobs: [JobKey], _ random: inout SeededRandom
  ) -> Equipment {
    let isPickup = random.happens(700)
    let year = random.between(2012, 2026)
    let driver = random.happens(600) && !drivers.isEmpty ? random.pick(drivers) : nil
    return Equipment(
      company: index % 25 == 24 ? 2 : 1, code: "V\((index + 1).padded(5))",
      name: isPickup ? "Pickup crew cab" : "Flatbed truck", type: "E",
      status: index % 20 == 3 ? "D" : index % 10 == 9 ? "I" : "A",
      category: isPickup ? .pickup : .truck, make: random.pick(["Northway", "Halden", "Corvane"]),
      model: isPickup ? "Ranger 250" : "Hauler 500", year: year,
      vin: VehicleIdentification.number(&random, serial: index + 1),
      plate: "X\(random.pick(["A", "B", "C"]))\((index + 1).padded(5))",
      plateState: random.pick(["LA", "TX"]), job: random.happens(500) ? random.pick(jobs) : nil,
      operatedBy: driver?.key)
  }

  private func machine(
    _ index: Int, _ jobs: [JobKey], _ random: inout SeededRandom
  ) -> Equipment {
    let category = random.pick([EquipmentCategory.crane, .lift, .welder, .compressor])
    return Equipment(
      company: index % 25 == 24 ? 3 : 1, code: "M\((index + 1).padded(5))",
      name: "\(category.rawValue.capitalized) \(index + 1)", type: "E",
      status: ["A", "I", "A", "D", "A", "A", "A", "A"][index % 8], category: category,
      make: random.pick(["Halden", "Bruntz", "Okiva"]), model: "Series \(random.between(1, 9))",
      year: random.between(1998, 2026), job: random.happens(400) ? random.pick(jobs) : nil)
  }

  private func component(
    _ index: Int, of machine: String, _ random: inout SeededRandom
  ) -> Equipment {
    Equipment(
      company: 1, code: "C\((index + 1).padded(5))", name: "Attachment \(index + 1)", type: "C",
      status: "A", category: .attachment, make: "Bruntz", model: "Series 1",
      year: random.between(2005, 2026), partOf: machine)
  }
}
