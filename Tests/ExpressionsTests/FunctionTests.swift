import Expressions
import Testing

@Suite("Functions")
struct FunctionTests {
  @Test("every example gives what its documentation says")
  func examples() throws {
    for function in FunctionLibrary.documented {
      #expect(function.documentation != nil)
      for example in function.examples {
        let value = try Evaluating()(example.expression)
        let expected = try Evaluating()(example.result)
        #expect(value == expected, "\(example.expression) gives \(value.text)")
      }
    }
  }

  @Test(
    "more of what they give",
    arguments: [
      "phone.e164('1-225-555-0101', 'CA') == '+12255550101'",
      "phone.e164('+1 (225) 555.0101', 'US') == '+12255550101'",
      "phone.e164('', 'US') == null", "phone.e164('\\u200b \\ufeff', 'US') == null",
      "phone.e164('+44 (0)20 7946 0100', 'US') == '+442079460100'",
      "phone.e164('+44(0)2079460100', 'US') == '+442079460100'",
      "phone.e164('011 44 (0)20 7946 0100', 'CA') == '+442079460100'",
      "phone.e164('+49 (0) 30 901820', 'US') == '+4930901820'",
      "phone.e164('+39 06 1234 5678', 'US') == '+390612345678'",
      "phone.e164('tel:+12255550101', 'US') == '+12255550101'",
      "phone.e164('225\\u00a0555\\u20110101', 'US') == '+12255550101'",
      "phone.e164('\\u202a225\\u200b555\\u00ad0101\\u202c', 'US') == '+12255550101'",
      "phone.e164('\\uff0b\\uff11\\uff12\\uff12\\uff155550101', 'US') == '+12255550101'",
      "email.clean('\\ufeffada\\u200b@example.com') == 'ada@example.com'",
      "text.clean('\\u200b\\ufeff') == null", "text.clean('\\ufeff Ada \\u200e') == 'Ada'",
      "text.join(['\\u200b', 'a'], '-') == 'a'",
      "text.truncate('abcde\\u0301f', 5) == 'abcd'",
      "text.truncate('ab\\U0001F1E9\\U0001F1EA', 3) == 'ab'",
      "email.clean('A\\u00a0b@Example.com') == 'ab@example.com'",
      "text.clean('\\u3000 x\\ty \\u00a0') == 'x\\ty'", "text.truncate('é é', 1) == 'é'",
      "text.truncate('ab', 0) == ''", "text.join([], '-') == null",
      "text.ascii('e\\u0301日x') == 'ex'", "date.valid(' ') == null",
      "date.valid('2024-02-29 10:00:00.123') == '2024-02-29'", "date.valid('infinity') == null",
      "date.valid('2079-06-06T00:00:00') == null", "date.valid(timestamp(0)) == '1970-01-01'",
      "date.format(timestamp(61), 'HH:mm:ss') == '00:01:01'",
      "date.format('1900-01-01', 'dd.MM.yyyy') == '01.01.1900'",
      "date.format(' ', 'yyyy') == null", "vin.valid(' ') == null",
      "external_id(['a b', 2u, '/x']) == 'ab-2-x'",
      "external_id([]) == null", "coalesce(null, null, null, 4) == 4",
      "text.join([dyn(1), 'x'], '/') == '1/x'",
    ])
  func results(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "what they refuse",
    arguments: [
      "phone.e164('225-555-0101', 'XX')", "date.format('2024-01-01', 'MMM')",
      "date.format('2024-01-01', \"'x\")", "text.truncate('x', -1)",
      "text.clean(dyn(1))", "external_id([1.5])",
    ])
  func refusals(_ expression: String) throws {
    #expect(try Evaluating().error(expression) != nil)
  }

  @Test(
    "what is not understood is refused, and the reason says why",
    arguments: [
      ("phone.e164('225-555-010', 'US')", "it has 9 digits"),
      ("phone.e164('555-0101', 'US')", "it has 7 digits"),
      ("phone.e164('225-555-0101 x12', 'US')", "it holds letters"),
      ("phone.e164('225-555-0101 ext. 12', 'US')", "it holds letters"),
      ("phone.e164('+1 225 555 0101;ext=12', 'US')", "it holds `;`, as between two numbers"),
      ("phone.e164('225-555-0101, 225-555-0102', 'US')", "it holds `,`, as between two numbers"),
      ("phone.e164('555-1234 / 555-9999', 'US')", "it holds `/`, as between two numbers"),
      ("phone.e164('225-555-0101 225-555-0102', 'US')", "it has 20 digits"),
      ("phone.e164('1-800-FLOWERS', 'US')", "it holds letters"),
      ("phone.e164('0000000000', 'US')", "it starts with 00"),
      ("phone.e164('0225550101', 'US')", "its area code starts with 0 or 1"),
      ("phone.e164('911-555-0101', 'US')", "its area code is that of a service"),
      ("phone.e164('2259110101', 'US')", "its exchange is that of a service"),
      ("phone.e164('22555501011', 'US')", "it has 11 digits"),
      ("phone.e164('1+2255550101', 'US')", "it has a + inside"),
      ("phone.e164('+', 'US')", "it has no digits"),
      ("phone.e164('+123', 'US')", "it has 2 digits behind the country code 1"),
      ("phone.e164('+1 1 225 555 0101', 'US')", "it has 11 digits behind the country code 1"),
      ("phone.e164('+225 555 0101', 'US')", "it has 7 digits behind the country code 225"),
      ("phone.e164('+52 1 55 1234 5678', 'US')", "it has 11 digits behind the country code 52"),
      ("phone.e164('+44 020 7946 0100', 'US')", "a 0 follows the country code 44"),
      ("phone.e164('+44 20 (0) 7946 0100', 'US')", "it has a (0) inside the number"),
      ("phone.e164('(0)225 555 0101', 'US')", "it has a (0) and no country code"),
      ("phone.e164('0044 20 7946 0100', 'US')", "it starts with 00"),
      ("phone.e164('225*555*0101', 'US')", "it holds `*`"),
      ("phone.e164('225\\u0001555 0101', 'US')", "it holds U+0001"),
      ("date.valid('2023-02-29')", "is not a date"), ("date.valid('soon')", "is not a date"),
      ("date.format('31/12/2024', 'yyyy')", "is not a date"),
      ("vin.valid('1M8GDM9AXKP04278')", "it has 16 characters, not 17"),
      ("vin.valid('IM8GDM9AXKP042788')", "without I, O and Q"),
      ("vin.valid('1M8GDM9A1KP042788')", "its check digit"),
    ])
  func reasons(_ expression: String, _ reason: String) throws {
    let error = try #require(try Evaluating().error(expression))
    #expect(error.message.contains(reason), "\(error.message)")
    #expect(error.kind == .refused)
    let concealed = try #require(error.concealed)
    #expect(
      concealed.contains(reason) && !concealed.contains("225-555") && !concealed.contains("`2023"))
    #expect(try holds("!try(\(expression)).hasValue()"))
    #expect(try holds("try(\(expression)).orValue(null) == null"))
  }

  @Test("`try` takes nothing for no value but what a function refuses")
  func attempts() throws {
    for expression in ["1 / 0", "[1][2]", "{'a': 1}.b", "int('x')", "text.clean(dyn(1))"] {
      #expect(try Evaluating().error("try(\(expression)).orValue(dyn(0))") != nil, "\(expression)")
    }
    #expect(try holds("try(text.clean('')).hasValue()"), "null is a value")
  }
}
