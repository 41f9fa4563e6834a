import Expressions
import Testing

@Suite("The standard definitions")
struct StandardTests {
  @Test(
    "conversions",
    arguments: [
      "string(1e6)=='1000000'",
      "string(6.02214e23)=='6.02214e+23'",
      "int('-42')==-42", "int('0')==0", "int('-9223372036854775808')==-9223372036854775808",
      "int(3.9)==3", "int(11.5)==11", "int(-11.5)==-11", "int(2.5)==2",
      "int(9.0e18)==9000000000000000000", "uint('18446744073709551615')==18446744073709551615u",
      "uint(1.5)==1u", "uint(2.5)==2u", "double('6.02214e23')==6.02214e23",
      "double('1.38e-23')==1.38e-23", "double('-84.32e7')==-84.32e7",
      "double('NaN')!=double('NaN')", "double('Infinity')>1e308", "double('-Infinity')<-1e308",
      "type(google.protobuf.Timestamp)==type", "string(true)=='true'", "string('x')=='x'",
      "string(-123)=='-123'", "string(9876u)=='9876'",
      "string(1e-5)=='1e-05'",
      "string(timestamp(0))=='1970-01-01T00:00:00Z'", "string(duration('1.5s'))=='1.5s'",
      "string(duration('-0.5s'))=='-0.5s'", "uint(1u)==1u", "string(b'abc')=='abc'",
      "type(dyn(1))==int", "dyn([1,'one'])[1]=='one'",
      "int(timestamp('1969-12-31T23:59:59.5Z'))==-1",
      "timestamp('1972-01-01T10:00:20.021-05:00')==timestamp('1972-01-01T15:00:20.021Z')",
      "bool('t')&&bool('true')&&bool('True')&&!bool('0')&&!bool('False')&&!bool('FALSE')",
      "duration(duration('100s'))==duration('100s')", "bytes('')==b''", "type(b'')==bytes",
      "type('')==string", "null_type==type(null)", "bool==type(true)", "int==type(1)",
      "uint==type(1u)", "map==type({})", "list==type([])", "type(type)==type",
      "type(type(type))==type", "google.protobuf.Timestamp==type(timestamp(0))",
      "type(duration('1s'))==google.protobuf.Duration",
    ])
  func conversions(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "conversions that fail",
    arguments: [
      "int(9223372036854775807.0)", "int(9223372036854775808u)", "int(18446744073709551615u)",
      "int('9223372036854775808')", "int('1.5')", "int('abc')", "int('')",
      "uint(18446744073709551615.0)", "uint(1.844674407370955e+20)", "uint('-1')",
      "uint('18446744073709551616')", "uint(-1.0)", "double('abc')", "bool('yes')", "bool('')",
      "timestamp('bad')", "duration('1')", "duration('1x')", "duration('')", "duration('abc')",
      "timestamp(253402300800)", "timestamp(-62135596801)", "timestamp('10000-01-01T00:00:00Z')",
      "int(1.0/0.0)", "int(0.0/0.0)", "uint(0.0/0.0)", "string(b'\\xc3\\x28')",
      "int(-9223372036854775809.0)", "timestamp('2023-02-29T00:00:00Z')",
      "timestamp('9999-12-31T23:59:59.999999999Z') + duration('1ns')",
      "timestamp('0001-01-01T00:00:00Z') - timestamp('9999-12-31T23:59:59Z')",
      "duration('320000000000s')", "duration('-200000000000s')+duration('-200000000000s')",
      "duration('200000000000s')-duration('-200000000000s')",
    ])
  func conversionsFailures(_ expression: String) throws {
    #expect(try Evaluating().error(expression) != nil)
  }

  @Test(
    "timestamps and durations",
    arguments: [
      "timestamp('2009-02-13T23:31:30Z').getDate()==13",
      "timestamp('2009-02-13T23:31:30Z').getDayOfMonth()==12",
      "timestamp('2009-02-13T23:31:30Z').getFullYear()==2009",
      "timestamp('2009-02-13T23:31:30Z').getMinutes()==31",
      "timestamp('2009-02-13T23:31:30Z').getDate('Australia/Sydney')==14",
      "timestamp('2009-02-13T23:31:30Z').getDayOfMonth('+11:00')==13",
      "timestamp('2009-02-13T02:00:00Z').getDayOfMonth('-02:30')==11",
      "timestamp('2009-02-13T23:31:30Z').getFullYear('-09:30')==2009",
      "timestamp('2009-02-13T23:31:30Z').getHours('02:00')==1",
      "timestamp('2009-02-13T23:31:30Z').getMinutes('Asia/Kathmandu')==16",
      "timestamp('2009-02-13T23:31:20.123456789Z').getMilliseconds('Indian/Cocos')==123",
      "timestamp('2009-02-13T23:31:30Z').getSeconds('-00:00')==30",
      "timestamp('2009-02-13T23:31:30Z').getDayOfYear('US/Central')==43",
      "timestamp('2009-02-13T23:31:30Z').getMonth('America/St_Johns')==1",
      "duration('3730s').getMinutes()==62", "duration('10000s').getHours()==2",
      "duration('3730s').getSeconds()==3730", "duration('123.321456789s').getMilliseconds()==321",
      "duration('-1.5s').getMilliseconds()==-500", "duration('604800s')==duration('168h')",
      "duration('1m1s')==duration('61s')", "duration('1ms')==duration('0.001s')",
      "duration('1us')==duration('1000ns')", "duration('-1h')<duration('0s')",
      "duration('600s')+duration('50s')==duration('650s')",
      "timestamp('2009-02-13T23:31:00Z')-duration('240s')==timestamp('2009-02-13T23:27:00Z')",
      "timestamp('2009-02-13T23:31:00Z')-timestamp('2009-02-13T23:29:00Z')==duration('120s')",
      "duration('900s')-duration('42s')==duration('858s')",
      "timestamp('0001-01-01T00:00:01.000000001Z')+duration('-999999999ns')==timestamp('0001-01-01T00:00:00.000000002Z')",
      "timestamp('9999-12-31T23:59:59.999999998Z')+duration('1ns')==timestamp('9999-12-31T23:59:59.999999999Z')",
      "timestamp('2009-02-13T23:59:00Z')>=timestamp('2009-02-13T23:59:00Z')",
      "string(duration('1000000s'))=='1000000s'",
      "string(timestamp('2009-02-13T23:31:30Z'))=='2009-02-13T23:31:30Z'",
      "timestamp(1234567890)==timestamp('2009-02-13T23:31:30Z')",
      "duration('1.000000001s').getMilliseconds()==0",
      "timestamp('2009-02-13T23:31:30Z').getDayOfWeek('Etc/UTC')==5",
      "timestamp('2024-03-10T10:00:00Z').getHours('America/New_York')==6",
      "timestamp('2009-02-13T23:31:30Z').getHours('America/Los_Angeles')==15",
      "timestamp('2009-02-13T23:31:30Z').getHours('Europe/London')==23",
      "timestamp('2009-02-13T23:31:30Z').getHours('GMT')==23",
      "timestamp('2009-02-13T23:31:30Z').getHours('EST')==18",
      "timestamp('0001-01-01T00:00:00Z').getFullYear('-01:00')==0",
      "timestamp('0001-01-01T00:00:00Z').getDayOfWeek()==1",
    ])
  func time(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "timestamps and durations that fail",
    arguments: [
      "timestamp(0).getHours('Foo/Bar')", "timestamp(0).getHours('+25:00')",
      "timestamp(0).getHours('abc')",
    ])
  func timeFailures(_ expression: String) throws {
    #expect(try Evaluating().error(expression) != nil)
  }

  @Test(
    "equality and order",
    arguments: [
      "dyn(1)==1u", "dyn(1u)==1.0", "dyn(null)!=1", "dyn([1])!=1", "dyn('a')!=b'a'",
      "[1,2.0]==[dyn(1.0),2]", "{'a':1}=={'a':dyn(1.0)}", "dyn({1:2})=={1u:2.0}", "dyn(1)<1.5",
      "dyn(1u)<2", "dyn(1.5)<2u", "dyn(-1)<0u", "dyn(18446744073709551615u)>1",
      "dyn(18446744073709551615u)>-1.0", "false<true", "!(true<false)", "b'a'<b'b'", "'a'<'b'",
      "'abc'<'abd'", "b'\\xff'>b'\\x01'", "'😀'>'￿'", "timestamp(1)<timestamp(2)",
      "duration('1s')<=duration('1s')", "null==null", "!(null!=null)", "type(1)==type(2)",
      "type(1)!=type(1u)", "1 in [1]", "!(1 in [])", "'a' in {'a':1}", "!('b' in {'a':1})",
      "dyn(1.0) in {1:1}", "dyn(1) in [1.0]", "null in [null]", "[1] in [[1]]",
      "{'a':1} in [{'a':1}]", "1.0/0.0==1.0/0.0", "-(1.0/0.0)<0.0",
      "!(0.0/0.0<1.0)&&!(0.0/0.0>=1.0)", "!(dyn(0.0/0.0)==0)",
      "dyn(9223372036854775807)<dyn(9223372036854775808u)",
      "!(dyn(9007199254740993)>9007199254740992.0)", "dyn(1)>=1.0&&dyn(1u)<=1.0", "dyn({})!=[]",
      "{1:'a',2u:'b'}=={2:'b',1u:'a'}", "[]==[]", "{}=={}", "[[]]!=[[1]]",
      "{'a':1,'b':2}=={'b':2,'a':1}", "{'a':1}!={'a':1,'b':2}", "{'a':null}!={'b':null}",
      "!([1,2]==[2,1])", "optional.none()==optional.none()",
    ])
  func comparisons(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "indexing and keys",
    arguments: [
      "[1,2][1]==2", "([1]+[2])==[1,2]", "[]+[]==[]", "size([1,2])==2", "[1,2].size()==2",
      "'abc'.size()==3", "b'abc'.size()==3", "{'a':1}.size()==1", "size({})==0",
      "[7,8,9][dyn(1u)]==8", "[1,'a',true][dyn(1)]=='a'",
    ])
  func indexing(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "indexing and keys that fail",
    arguments: [
      "[1][-1]", "[1][1]", "[][0]", "[1][dyn('a')]", "[1][dyn(1.5)]", "{1:2}[3]", "{}.a",
      "{}['a']", "{'a':1}[dyn(1.5)]", "[1,2,3][dyn(9223372036854775807)]",
      "[1,2,3][dyn(18446744073709551615u)]", "{1.5:2}", "{'a':1,'a':2}", "{1:1,1:2}",
      "{1:1,1u:2}", "{0u:1,0:2}[0]", "{true:1,true:2}",
    ])
  func indexingFailures(_ expression: String) throws {
    #expect(try Evaluating().error(expression) != nil)
  }

  @Test(
    "indexing and keys of the wrong type, unchecked",
    arguments: [
      "{null:1}"
    ])
  func indexingUnchecked(_ expression: String) throws {
    #expect(throws: EvaluationError.self) { try unchecked(expression) }
  }

  @Test(
    "macros",
    arguments: [
      "[1,2,3].exists(e,e==2)", "[1,2,3].exists_one(e,e==2)", "![].exists(e,true)",
      "{'a':1}.all(k,k=='a')", "{'a':1}.exists_one(k,k=='a')",
      "{'a':1,'b':2}.filter(k,k=='a')==['a']", "[1,2].map(x,[x,x*2])==[[1,2],[2,4]]",
      "[1,2,3].map(x,x>1,x*2)==[4,6]", "[[1,2],[3]].all(l,l.all(x,x>0))",
      "[1,2,3].existsOne(e,e==2)", "['a'].map(x,x+x)==['aa']", "[1,'foo',3].exists(e,e!=1)",
      "[1,2].all(i,v,v==i+1)", "[1,2].exists(i,v,i==1&&v==2)", "[1,2].existsOne(i,v,v==2)",
      "[1,2].transformList(i,v,i*v)==[0,2]", "[1,2].transformList(i,v,i>0,i*v)==[2]",
      "{'a':1}.transformList(k,v,k+string(v))==['a1']", "[4,5].transformMap(i,v,v*2)=={0:8,1:10}",
      "{'a':1,'b':2}.transformMap(k,v,v>1,v*2)=={'b':4}",
      "{'a':'b'}.transformMapEntry(k,v,{v:k})=={'b':'a'}",
      "['x'].transformMapEntry(i,v,{v:i})=={'x':0}",
      "{'a':1,'b':2}.transformMapEntry(k,v,v>1,{v:k})=={2:'b'}", "{'a':1}.all(k,v,k=='a'&&v==1)",
      "{'a':1}.exists(k,v,v==1)", "{}.transformMap(k,v,v)=={}", "[].transformMap(i,v,v)=={}",
      "{}.all(k,v,false)",
    ])
  func macros(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "macros that fail",
    arguments: [
      "{'a':1,'b':1}.transformMapEntry(k,v,{v:k})", "[1,2].transformMapEntry(i,v,{'x':v})",
      "[1,2,3].exists(e,e/0==17)", "[1,2,3].all(e,e/0!=17)", "[0].exists_one(e,1/e==1)",
      "[2,1,0].filter(n,4/n>0)", "{'foo':0}.transformMap(k,v,4/v)",
      "[1,2,3].existsOne(i,v,v/i==17)", "[2,1,0].transformList(i,v,v/i>0,v)",
      "[1,'foo',3].all(e,e%2==1)", "{'k':1,1:2}.existsOne(k,v,k%2==1)",
    ])
  func macrosFailures(_ expression: String) throws {
    #expect(try Evaluating().error(expression) != nil)
  }

  @Test(
    "macros of the wrong type, unchecked",
    arguments: [
      "1.map(x,x)", "'abc'.all(x,true)",
    ])
  func macrosUnchecked(_ expression: String) throws {
    #expect(throws: EvaluationError.self) { try unchecked(expression) }
  }
}
