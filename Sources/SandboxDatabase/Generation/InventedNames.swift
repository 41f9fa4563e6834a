import Foundation

/// Names that people might have; together they name nobody.
enum InventedNames {
  static let men = """
    James Robert Luis Michael Marcus David Terrence Carlos Daniel Wesley Curtis Travis Dustin Kyle
    Jorge Hector Samuel Nathan Brandon Dwayne Clifton Randall Jared Trevor Oscar Miguel Antonio
    Raymond Gerald Leon Vincent Ernest Casey Derrick Malik Jermaine Blake Cody Dillon Garrett Wade
    Roland Stephen Patrick Keith Alvin Bryan Felix Ruben Mario Glenn Harold Lamar Percy Quentin
    """.split(whereSeparator: \.isWhitespace).map(String.init)

  static let women = """
    Maria Angela Denise Crystal Tamara Rosa Linda Brenda Kayla Vanessa Monica Sheila Latoya Erica
    Carmen Paula Yolanda Heather Jasmine Teresa Gloria Nadine Bethany Marlene Yvette Rachel
    """.split(whereSeparator: \.isWhitespace).map(String.init)

  static let last = """
    Smith Johnson Broussard Hebert Guidry Landry Fontenot Robichaux Thibodeaux Williams Brown Jones
    Garcia Martinez Rodriguez Lopez Hernandez Gonzalez Davis Miller Wilson Moore Taylor Anderson
    Thomas Jackson White Harris Martin Thompson Robinson Clark Lewis Walker Hall Allen Young King
    Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Rivera Campbell Mitchell Carter
    Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales
    Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox
    Ward Richardson Watson Brooks Chavez Wood Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo
    Sanders Patel Myers Long Ross Foster Jimenez Powell Jenkins Perry Russell Sullivan Bell Coleman
    Butler Henderson Barnes Fisher Vasquez Simmons Graham Murray Ford Castro Marshall Owens Harrison
    Fernandez Woods Kennedy Wells Vargas Henry Freeman Webb Tucker Guzman Burns Crawford Olson Porter
    Hunter Gordon Mendez Silva Shaw Snyder Mason Dixon Munoz Hunt Hicks Holmes Palmer Wagner Black
    """.split(whereSeparator: \.isWhitespace).map(String.init)

  /// Names that programs stumble over: accents, apostrophes, hyphens, two words.
  static let unusualLast = [
    "O'Neal", "D'Angelo", "Peña", "Núñez", "Muñoz-Reyes", "De La Cruz", "St. Romain", "Van Buren",
    "LeBlanc-Hébert", "García Márquez", "Dubois-Smith", "O’Brien", "Castañeda", "De Luna",
  ]
  static let unusualFirst = ["José", "Renée", "Zoë", "André", "Ja'Marcus", "Mary-Ann", "Jesús"]

  /// Lower-case ASCII letters alone, as a mail address has them.
  static func mailPart(_ name: String) -> String {
    let folded = name.folding(options: [.diacriticInsensitive], locale: nil).lowercased()
    return String(folded.unicodeScalars.filter { ("a"..."z").contains($0) }.map(Character.init))
  }
}
