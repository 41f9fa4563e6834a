import Expressions
import Testing

@Suite("The extensions")
struct ExtensionTests {
  @Test(
    "strings",
    arguments: [
      "'tacocat'.charAt(3)=='o'", "'©αT'.charAt(1)=='α'", "'tacocat'.indexOf('ac')==1",
      "'tacocat'.indexOf('a',3)==5", "'tacocat'.indexOf('',7)==7",
      "'tacocat'.lastIndexOf('at')==5", "'tacocat'.lastIndexOf('none')==-1", "''.indexOf('')==0",
      "''.lastIndexOf('')==0", "'tacocat'.lastIndexOf('',2)==2",
      "'TacoCat'.lowerAscii()=='tacocat'", "'tacoCat'.upperAscii()=='TACOCAT'",
      "'a b'.replace(' ','')=='ab'", "'banana'.replace('a','o',2)=='bonona'",
      "'abc'.replace('','-')=='-a-b-c-'", "'abc'.replace('','-',2)=='-a-bc'",
      "'abc'.replace('b','x',0)=='abc'", "'abc'.replace('b','x',-1)=='axc'",
      "'hello world'.split(' ')==['hello','world']", "'a b c'.split(' ',2)==['a','b c']",
      "'abc'.split('')==['a','b','c']", "''.split('')==[]", "''.split(',')==['']",
      "'abc'.split('',2)==['a','bc']", "'tacocat'.substring(0,4)=='taco'",
      "'tacocat'.substring(7)==''", "'tacocat'.substring(4,4)==''",
      "' \\f\\n\\r\\t\\vtext  '.trim()=='text'", "[].join()==''", "[].join('-')==''",
      "['x'].join('-')=='x'", "['a','b'].join('')=='ab'", "'abc'.reverse()=='cba'",
      "''.reverse()==''", "'©αT'.reverse()=='Tα©'", "strings.quote('')=='\"\"'",
      "strings.quote('a\\nb')=='\"a\\\\nb\"'", "strings.quote('\\f\\t')=='\"\\\\f\\\\t\"'",
      "strings.quote(\"it's\")==\"\\\"it's\\\"\"",
    ])
  func strings(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "strings that fail",
    arguments: [
      "'tacocat'.charAt(30)", "'tacocat'.charAt(-1)", "'tacocat'.indexOf('a',30)",
      "'tacocat'.indexOf('a',-1)", "'tacocat'.substring(1,50)", "'tacocat'.substring(-1,4)",
      "'tacocat'.lastIndexOf('a',8)",
    ])
  func stringsFailures(_ expression: String) throws {
    #expect(try Evaluating().error(expression) != nil)
  }

  @Test(
    "strings of the wrong type, unchecked",
    arguments: [
      "42.charAt(2)", "'hello'.charAt(true)", "24.indexOf('2')", "'hello'.indexOf(true)",
      "42.indexOf('4',0)", "'42'.indexOf(4,0)", "'42'.indexOf('4','0')", "'42'.indexOf('4',0,1)",
      "24.lastIndexOf('2')", "'hello'.lastIndexOf(true)", "'42'.lastIndexOf('4',0,1)",
      "42.lowerAscii()", "42.upperAscii()", "42.replace('2','1')", "'42'.replace(2,'1')",
      "42.split('2')", "'42'.split('2','1')", "'42'.split(2,1)", "42.substring(1)",
      "'hello'.substring('x')", "42.trim()", "42.reverse()", "['a'].join(1)", "[1].join()",
      "1.join()", "strings.quote(1)", "'%s'.format('x')", "1.format([])", "'a'.contains(1)",
      "1.startsWith('a')", "'a'.endsWith(1)", "'a'.matches(1)", "1.matches('a')", "size(1)",
      "1.size()", "\"%d %d\".format([0])", "\"%s %\".format([\"a\"])", "\"%a\".format([1])",
      "\"%f\".format([\"a\"])", "\"%e\".format([null])", "\"%b\".format([1.5])",
      "\"%o\".format([1.5])", "\"%x\".format([true])", "\"%d\".format([\"a\"])",
      "\"%d\".format([true])", "\"%d\".format([[1]])", "\"%d\".format([type(1)])",
      "\"%x\".format([[1]])", "\"%X\".format([{}])", "\"%f\".format([true])", "\"%s\".format([])",
      "\"%.3s\".format([\"a\"])", "\"%.d\".format([1])", "\"%.-1f\".format([1.0])",
      "\"%d\".format([timestamp(0)])", "\"%d\".format([null])",
      "\"%b\".format([duration(\"1s\")])", "\"%e\".format([\"x\"])", "\"%.3d\".format([1])",
      "\"%y\".format([1])",
    ])
  func stringsUnchecked(_ expression: String) throws {
    #expect(throws: EvaluationError.self) { try unchecked(expression) }
  }

  @Test(
    "math",
    arguments: [
      "math.greatest(1)==1", "math.greatest(1,2)==2", "math.greatest(1,2,3)==3",
      "math.greatest([1,2,3])==3", "math.greatest(1.5,2)==2", "math.greatest(1,1.0)==1",
      "math.greatest(3,2u,1.0)==3", "math.least(1,2)==1", "math.least([1.5,2.5])==1.5",
      "math.least(-1,0u)==-1", "math.least(dyn(1),dyn(2.0))==1",
      "math.greatest(dyn([1,2.5,3u]))==3u", "math.ceil(1.2)==2.0", "math.floor(-1.2)==-2.0",
      "math.round(1.5)==2.0", "math.round(-1.5)==-2.0", "math.round(1.2)==1.0",
      "math.round(2.5)==3.0", "math.trunc(-1.9)==-1.0", "math.abs(-5)==5", "math.abs(5u)==5u",
      "math.abs(-1.5)==1.5", "math.sign(-3)==-1", "math.sign(0u)==0u", "math.sign(-0.3)==-1.0",
      "math.sign(0.0)==0.0", "math.isNaN(0.0/0.0)", "math.isInf(1.0/0.0)&&math.isInf(-1.0/0.0)",
      "!math.isFinite(1.0/0.0)", "math.isFinite(1.0)", "math.bitAnd(3,2)==2",
      "math.bitOr(1u,2u)==3u", "math.bitXor(3,5)==6", "math.bitNot(1)==-2",
      "math.bitNot(0u)==18446744073709551615u", "math.bitShiftLeft(1,2)==4",
      "math.bitShiftLeft(1,64)==0", "math.bitShiftRight(1024,2)==256",
      "math.bitShiftRight(-1024,3)==2305843009213693824", "math.bitShiftRight(1024u,64)==0u",
      "math.bitShiftLeft(-1,1)==-2", "math.bitShiftLeft(1u,200)==0u",
      "math.isNaN(math.sign(0.0/0.0))", "math.isNaN(math.round(0.0/0.0))",
      "math.greatest(1u, -1)==1u", "math.sqrt(49.0)==7.0", "math.sqrt(0)==0.0",
      "math.isNaN(math.sqrt(-15.34))",
      "math.greatest(5.4, 10, 3u, -5.0, 9223372036854775807)==9223372036854775807",
      "math.least(5.4, 10u, 3u, 1u, 9223372036854775807)==1u", "math.greatest({'a':5}.a, 3) == 5",
      "math.greatest(1, size([1,2]))==2",
    ])
  func math(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "math that fail",
    arguments: [
      "math.abs(-9223372036854775808)", "math.ceil(dyn(''))", "math.round(dyn(1))",
      "math.trunc(dyn(1))", "math.abs(dyn(true))", "math.sign(dyn('x'))",
      "math.bitOr(dyn(1.2),1)", "math.bitAnd(1,dyn(2u))", "math.bitShiftRight(1,-1)",
      "math.bitShiftLeft(1,dyn(1u))", "math.greatest(dyn('a'))", "math.least(dyn([]))",
      "math.greatest(dyn([1,'a']))", "math.bitNot(dyn(1.2))",
    ])
  func mathFailures(_ expression: String) throws {
    #expect(try Evaluating().error(expression) != nil)
  }

  @Test(
    "lists",
    arguments: [
      "[1,2,3,4].slice(1,3)==[2,3]", "[1].slice(0,0)==[]", "[[1,2],[3]].flatten()==[1,2,3]",
      "[1,[2,[3,4]]].flatten()==[1,2,[3,4]]", "[1,[2,[3,4]]].flatten(2)==[1,2,3,4]",
      "[1,[2,[3,4]]].flatten(0)==[1,[2,[3,4]]]", "[].flatten()==[]",
      "[1,2,2,3,3,3].distinct()==[1,2,3]", "[1,1.0,1u].distinct().size()==1",
      "['b','a'].distinct()==['b','a']", "lists.range(3)==[0,1,2]", "lists.range(0)==[]",
      "[1,2,3].reverse()==[3,2,1]", "[3,1,2].sort()==[1,2,3]", "['b','a'].sort()==['a','b']",
      "[].sort()==[]", "[true,false].sort()==[false,true]",
      "[{'n':2},{'n':1}].sortBy(e,e.n)==[{'n':1},{'n':2}]",
      "['foo','ba'].sortBy(e,size(e))==['ba','foo']", "[1,2].first().value()==1",
      "[1,2].last().value()==2", "[].first()==optional.none()", "[b'b',b'a'].sort()==[b'a',b'b']",
      "[timestamp(2),timestamp(1)].sort()[0]==timestamp(1)", "[2.5,1.5].sort()==[1.5,2.5]",
      "[[1],[1],[2]].distinct()==[[1],[2]]", "[2,1].sortBy(i,-1*i)==[2,1]",
      "[{'a':1},{'a':1.0}].distinct().size()==1",
    ])
  func lists(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "lists that fail",
    arguments: [
      "[1,2].slice(0,3)", "[1,2].slice(2,1)", "[1].slice(-1,1)", "[1].flatten(-1)",
      "lists.range(-1)", "[1,'a'].sort()", "[{}].sort()", "[[1],[2]].sort()",
    ])
  func listsFailures(_ expression: String) throws {
    #expect(try Evaluating().error(expression) != nil)
  }

  @Test(
    "sets",
    arguments: [
      "sets.contains([],[])", "!sets.contains([],[1])", "sets.contains([1,2,3,4],[2,3])",
      "sets.contains([1,2.0,3u],[1.0,2u,3])", "sets.equivalent([],[])",
      "sets.equivalent([1],[1,1])", "sets.equivalent([1],[1u,1.0])",
      "!sets.equivalent([1],[1,2])", "sets.intersects([1],[1,2])", "!sets.intersects([1],[])",
      "sets.intersects([[1],[2,3]],[[1,2],[2,3.0]])", "sets.equivalent([1,2,3],[3u,2.0,1])",
    ])
  func sets(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "encoders and bindings",
    arguments: [
      "base64.encode(b'')==''", "base64.decode('')==b''", "base64.decode('aGVsbG8=')==b'hello'",
      "base64.decode('aGVsbG8')==b'hello'",
      "base64.decode(base64.encode(b'Hello World!'))==b'Hello World!'",
      "base64.encode(b'hello')=='aGVsbG8='", "cel.bind(t,true,t)",
      "cel.bind(a,1,cel.bind(b,a+1,a+b))==3", "cel.bind(a,cel.bind(a,1,a+1),a)==2",
      "[1].exists(x,cel.bind(y,x+1,y==2))", "cel.bind(x,1,[2].exists(x,x==2))",
    ])
  func bindings(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "encoders and bindings that fail",
    arguments: [
      "base64.decode('a')", "base64.decode('!!!!')",
    ])
  func bindingsFailures(_ expression: String) throws {
    #expect(try Evaluating().error(expression) != nil)
  }

  @Test(
    "optionals",
    arguments: [
      "optional.of(1).value()==1", "!optional.none().hasValue()",
      "optional.ofNonZeroValue(0)==optional.none()",
      "optional.ofNonZeroValue('')==optional.none()",
      "optional.ofNonZeroValue([])==optional.none()",
      "optional.ofNonZeroValue({})==optional.none()",
      "optional.ofNonZeroValue(null)==optional.none()", "optional.ofNonZeroValue(1).hasValue()",
      "optional.none().or(optional.of(1))==optional.of(1)",
      "optional.of(1).or(optional.none())==optional.of(1)", "optional.none().orValue(2)==2",
      // What is not needed is not evaluated.
      "optional.of(1).or(optional.of(1/0))==optional.of(1)", "optional.of(1).orValue(1/0)==1",
      "optional.of(optional.of(1)).value().value()==1", "{'a':{'b':1}}.?a.?b==optional.of(1)",
      "{'a':{'b':1}}.?a.b.value()==1", "{'a':{'b':1}}.?a[?'b'].value()==1",
      "{'a':[1]}.?a[0].value()==1", "{'a':1}[?'b'].orValue(3)==3", "[1,2][?1].value()==2",
      "[1][?-1]==optional.none()", "[?optional.of(1),?optional.none(),2]==[1,2]",
      "{?'a':optional.of(1),?'b':optional.none()}=={'a':1}",
      "has(optional.of({'a':1}).a)", "!has(optional.of({'b':1}).a)", "!has({}.?x.y)",
      "optional.of(1).optMap(x,x+1)==optional.of(2)",
      "optional.none().optMap(x,x+1)==optional.none()",
      "optional.of(1).optFlatMap(x,optional.of(x))==optional.of(1)",
      "optional.of(1).optFlatMap(x,optional.none())==optional.none()",
      "optional.unwrap([optional.of(1),optional.none()])==[1]",
      "[optional.of(1),optional.none()].unwrapOpt()==[1]", "optional.of(1)!=optional.of(2)",
      "optional.of(1)!=optional.none()", "type(optional.of(1))==optional_type",
      "optional.of({'c':{'index':'goodbye'}}).c.index.orValue('d')=='goodbye'",
      "{'foo':'bar'}.?foo.orValue('x')=='bar'", "[[1,2]][?0][?1].value()==2",
      "optional.of([1])[0].value()==1", "optional.of(null)==optional.of(null)",
      "optional.of({})[?'x']==optional.none()",
    ])
  func optionals(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "optionals that fail",
    arguments: [
      "optional.none().value()", "optional.of(1).optMap(x,1/0).value()", "{}.a.?b", "[][0].?a",
      "{'a':1}.?b.value()", "{?'a':dyn(1)}", "[?dyn(1)]", "optional.none().orValue(1/0)==1",
      "dyn(1).or(optional.of(1))==optional.of(1)",
    ])
  func optionalsFailures(_ expression: String) throws {
    #expect(try Evaluating().error(expression) != nil)
  }

  @Test(
    "addresses and networks",
    arguments: [
      "isIP('::1')", "!isIP('::ffff:192.168.0.1')", "!isIP('fe80::1%en0')",
      "!isIP('192.168.0.0/24')", "!isIP('')", "!isIP('1.2.3')", "!isIP('01.2.3.4')",
      "ip('2001:db8::68')==ip('2001:DB8::68')", "ip.isCanonical('2001:db8::68')",
      "!ip.isCanonical('2001:db8:0::68')", "ip('::1').family()==6",
      "string(ip('192.168.0.1'))=='192.168.0.1'", "string(ip('2001:DB8::68'))=='2001:db8::68'",
      "ip('192.168.0.1').isGlobalUnicast()", "!ip('255.255.255.255').isGlobalUnicast()",
      "!ip('224.0.0.1').isGlobalUnicast()", "!ip('127.0.0.1').isGlobalUnicast()",
      "ip('ff02::1').isLinkLocalMulticast()", "!ip('ff00::1').isGlobalUnicast()",
      "ip('fd80::abcd').isGlobalUnicast()", "!ip('fd80::1').isLinkLocalUnicast()",
      "ip('8.8.8.8').isUnspecified()==false", "cidr('192.168.0.0/24').containsIP('192.168.0.1')",
      "!cidr('192.168.0.0/24').containsIP(ip('192.168.1.1'))",
      "!cidr('192.168.0.0/24').containsCIDR('192.168.0.0/23')",
      "!cidr('192.168.0.0/24').containsCIDR(cidr('192.169.0.0/25'))",
      "cidr('192.168.0.0/24').containsCIDR(cidr('192.168.0.1/32'))",
      "cidr('192.168.0.1/24').masked()==cidr('192.168.0.0/24')",
      "cidr('2001:db8::/32').containsIP('2001:db8::1')",
      "!cidr('2001:db8::/32').containsCIDR('2001:db8::/31')",
      "cidr('2001:db8::/32').ip()==ip('2001:db8::')", "cidr('192.168.0.0/24').ip().family()==4",
      "string(cidr('2001:db8::/32'))=='2001:db8::/32'", "isCIDR('192.168.0.0/24')",
      "!isCIDR('192.168.0.0/33')", "!isCIDR('192.168.0.0')", "isCIDR('::1/128')",
      "!isCIDR('::1/129')", "type(ip('::1'))==net.IP", "net.CIDR==type(cidr('::1/1'))",
      "type(net.IP)==type", "ip('::ffff:c0a8:1').family()==4",
      "cidr('192.168.0.1/24')!=cidr('192.168.0.0/24')",
    ])
  func network(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "addresses and networks that fail",
    arguments: [
      "ip('192.168.0.1.0')", "ip('fe80::1%en0')", "cidr('192.168.0.0')", "cidr('2001:db8::/129')",
      "cidr('192.168.0.0/33')", "cidr('192.168.0.0/24').containsIP('x')",
      "cidr('192.168.0.0/24').containsCIDR('x')", "ip.isCanonical('127.0.0.1.0')", "ip('')",
      "cidr('192.168.0.0/-1')", "cidr('192.168.0.0/24').containsCIDR('192.168.0.0')",
    ])
  func networkFailures(_ expression: String) throws {
    #expect(try Evaluating().error(expression) != nil)
  }

  @Test(
    "every verb of `format`",
    arguments: [
      ("no substitution", "", "no substitution"), ("%%%s%%", "\"text\"", "%text%"),
      ("str is %s and some more", "\"filler\"", "str is filler and some more"),
      ("%d", "42", "42"), ("%d", "-1", "-1"), ("%b", "-5", "-101"), ("%b", "true", "1"),
      ("%b", "false", "0"), ("%x", "-30", "-1e"), ("%x", "30", "1e"), ("%X", "30", "1E"),
      ("%o", "-11", "-13"), ("%x", "\"Hello world!\"", "48656c6c6f20776f726c6421"),
      ("%x", "b\"byte string\"", "6279746520737472696e67"), ("%x", "255u", "ff"),
      ("%.3f", "1.2345", "1.234"), ("%.3f", "1.23456", "1.235"), ("%.1f", "0.25", "0.2"),
      ("%.1f", "0.35", "0.3"), ("%.2f", "1.005", "1.00"), ("%.0f", "1.5", "2"),
      ("%.0f", "-0.5", "-0"), ("%f", "-1.0", "-1.000000"), ("%e", "0.0", "0.000000e+00"),
      ("%.1e", "-12345.678", "-1.2e+04"), ("%e", "1e-300", "1.000000e-300"),
      ("%.0e", "2.5", "2e+00"), ("%d", "double(\"Infinity\")", "Infinity"),
      ("%d", "double(\"-Infinity\")", "-Infinity"), ("%f", "dyn(2.71828)", "2.718280"),
      ("%e", "dyn(2.71828)", "2.718280e+00"), ("%e", "2", "2.000000e+00"),
      ("%s", "b\"xyz\"", "xyz"), ("%s", "null", "null"), ("%s", "double(\"NaN\")", "NaN"),
      ("%s", "1.5", "1.5"),
      ("%s", "timestamp(\"2023-02-03T23:31:20+00:00\")", "2023-02-03T23:31:20Z"),
      ("%s", "duration(\"1h45m47s\")", "6347s"), ("%s", "duration(\"1.5s\")", "1.5s"),
      ("%s", "{}", "{}"), ("%s", "[]", "[]"), ("%s", "[\"a\", b\"b\"]", "[a, b]"),
      (
        "%s", "[double(\"NaN\"), double(\"Infinity\"), double(\"-Infinity\")]",
        "[NaN, Infinity, -Infinity]"
      ),
      (
        "%s", "{1: \"value1\", 2u: \"value2\", true: double(\"NaN\")}",
        "{1: value1, 2: value2, true: NaN}"
      ),
      ("%s", "[[1],{\"a\":[2]}]", "[[1], {a: [2]}]"), ("%s", "123u", "123"), ("%s", "\"π\"", "π"),
      ("%X", "dyn(\"abc\")", "616263"), ("%s", "type(1)", "int"), ("%s", "type([])", "list"),
      ("%s", "dyn({\"a\":1})", "{a: 1}"), ("%d", "1", "1"), ("%.2e", "1e10", "1.00e+10"),
      ("%.0f", "1e22", "10000000000000000000000"),
      ("%x", "-9223372036854775808", "-8000000000000000"),
      ("%.3e", "1052.032911275", "1.052e+03"), ("%.20f", "0.1", "0.10000000000000000555"),
      ("%s", "1e10", "10000000000"), ("%s", "3.0", "3"), ("%d", "5.5", "5.5"),
    ])
  func format(_ pattern: String, argument: String, expected: String) throws {
    let literal = "r\"\"\"\(pattern)\"\"\""
    #expect(try Evaluating()("\(literal).format([\(argument)])") == .string(expected))
  }
}
