@testable import SandboxDatabase

/// How often each defect is in a contractor.
struct Defects: Equatable {
  var blanksInFirstName = 0
  var blanksInLastName = 0
  var blanksInState = 0
  var blanksInCity = 0
  var blanksInTitle = 0
  var blankInEmail = 0
  var capitalInEmail = 0
  var takenEmails = 0
  var withoutEmail = 0
  var takenPhones = 0
  var withoutPhone = 0
  var shortPhone = 0
  var withoutJob = 0
  var flagWithTermDate = 0
  var neitherFlagNorTermDate = 0
  var rehiredWithOldDate = 0
  var rehiredWithNewNumber = 0
  var sentinelBirthDates = 0
  var sentinelExpiries = 0
  var jobsWithoutContract = 0
  var jobsWithoutAddress = 0
  var jobsWithTakenName = 0
  var vehiclesWithoutVIN = 0
  var shortVINs = 0
  var takenPlates = 0
}

extension Defects {
  init(_ contractor: Contractor) {
    let people = contractor.people
    let active = people.filter(\.isActive)
    let expectation = Expectation(contractor)
    let current = contractor.currentJobs
    blanksInFirstName = people.count { $0.firstName.hasSuffix(" ") }
    blanksInLastName = people.count { $0.lastName.hasSuffix(" ") }
    blanksInState = people.count { $0.address.state.hasSuffix(" ") }
    blanksInCity = people.count { $0.address.city.hasSuffix(" ") }
    blanksInTitle = people.count { $0.title.hasSuffix(" ") }
    blankInEmail = active.count { $0.email?.contains(" ") ?? false }
    capitalInEmail = active.count { $0.email?.first?.isUppercase ?? false }
    takenEmails = expectation.withTakenEmail.count
    withoutEmail = expectation.withoutEmail.count
    takenPhones = expectation.withTakenPhone.count
    withoutPhone = active.count { ($0.cellPhone ?? "").trimmingBlanks.isEmpty }
    shortPhone = expectation.withoutPhone.count - withoutPhone
    withoutJob = active.count { current[$0.key] == nil }
    flagWithTermDate = people.count { $0.activeFlag && !$0.isActive }
    neitherFlagNorTermDate = people.count { !$0.activeFlag && $0.termDate == nil }
    rehiredWithOldDate = active.count { $0.termDate != nil && $0.rehireDate != nil }
    let mails = Set(active.compactMap(\.email))
    rehiredWithNewNumber = people.count { person in
      !person.activeFlag && person.email.map(mails.contains) ?? false
    }
    sentinelBirthDates = people.count { $0.birthDate == CalendarDay(1900, 1, 1) }
    sentinelExpiries = people.count { $0.licenseExpiry == CalendarDay(2079, 6, 6) }
    jobsWithoutContract = contractor.jobs.count { $0.contract == nil }
    jobsWithoutAddress = contractor.jobs.count { $0.isOpen && $0.site == nil }
    jobsWithTakenName = contractor.jobs.count - Set(contractor.jobs.map(\.name)).count
    let vehicles = contractor.equipment.filter { $0.plate != nil }
    vehiclesWithoutVIN = vehicles.count { $0.vin == nil }
    shortVINs = vehicles.count { ($0.vin?.utf8.count ?? 17) != 17 }
    takenPlates = vehicles.count - Set(vehicles.map(\.plate)).count
  }
}
