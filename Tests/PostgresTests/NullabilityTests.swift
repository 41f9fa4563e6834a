import Rows
import Testing

@testable import Postgres

@Suite("NULL in a query's result, on a real server", .serialized) struct NullabilityTests {
  private static let database = Task {
    try await TestDatabase(
      """
      create table a (id int primary key, k int not null, n int, t varchar(20) not null,
        made timestamp not null, j jsonb not null);
      create table b (id int primary key, a int not null, n int, u text not null);
      create table parted (id int not null, k int not null) partition by list (k);
      create table parted_1 partition of parted for values in (1);
      create table parted_2 partition of parted for values in (2);
      create table parent (id int not null);
      create table child () inherits (parent);
      create domain needed as int not null;
      create table d (v needed);
      create type mood as enum ('mon', 'tue');
      create view v as select a.id, a.n, b.u from a join b on b.a = a.id;
      create view w as select a.id, b.u from a left join b on b.a = a.id;
      create schema own;
      create function own.lower(mood) returns text language sql as $$ select null::text $$;
      insert into a values (1, 1, null, 't', 'infinity', 'null'), (2, 2, 3, '', now(), '{}');
      insert into b values (1, 2, null, 'u');
      insert into parted values (1, 1), (2, 2);
      insert into parent values (1);
      insert into child values (2);
      insert into d values (1);
      """)
  }

  @Test(
    "What is proved never to be null",
    arguments: [
      "select id from a", "select a.id from a join b on true", "select id from v",
      "select u from v",
      "select a.id from a left join b on b.a = a.id",
      "select b.id from a right join b on b.a = a.id",
      "select b.u from a left join b on b.a = a.id where b.n > 0",
      "select b.u from a left join b on b.a = a.id where b.id is not null",
      "select id from w", "select x.id from (select id from a) x",
      "select x.id from (select id from a offset 0) x",
      "with c as (select id from a) select id from c",
      "with c as materialized (select id from a) select c.id from c",
      "with c as materialized (select id from a) select c.id from c join b on b.a = c.id",
      "select distinct id from a", "select distinct on (k) id from a order by k",
      "select id from a order by k limit 3", "select k from a group by k",
      "select id from a where exists (select from b where b.a = a.id)",
      "select id from a where id = :p",
      "select n from a where n is not null", "select n from a where n > 2 and k = 1",
      "select n from a where n = any (array[1, 3])",
      "select x.n from (select n from a where n is not null) x left join b on true",
      "select distinct n from a where n is not null",
      "select 1", "select 'x'::varchar(3)", "select true", "select coalesce(n, 0) from a",
      "select coalesce(n, id) from a", "select coalesce(b.n, 0) from a left join b on b.a = a.id",
      "select coalesce(x.c, 0) from a left join (select a, count(*) as c from b group by a) x "
        + "on x.a = a.id",
      "select count(*) from a", "select count(n) from a where false",
      "select k, count(*) from a group by k order by 2",
      "select max(id) from a group by k", "select sum(id) from a group by k having count(*) > 0",
      "select initcap(t) from a", "select trim(t) from a", "select t || 'x' from a",
      "select upper(trim(t)) || '-' || id::text from a", "select id + 1 from a",
      "select concat(n, 'x') from a", "select id::bigint from a", "select id::text from a",
      "select made::date from a", "select case when n > 1 then 'x' else t end from a",
      "select case when n > 1 then 'x' when n is null then 'y' else coalesce(t, '') end from a",
      "select n is null from a", "select n is not null from a",
      "select greatest(n, 1) from a", "select row_number() over (order by id) from a",
      "select count(*) over (partition by k) from a", "select id, generate_series(1, 2) from a",
    ]) func proved(sql: String) async throws
  {
    try await check(sql, place: sql.contains("k, count") ? 1 : 0) { $0 == false }
  }

  @Test(
    "What may be null is never called otherwise",
    arguments: [
      "select n from a", "select b.id from a left join b on b.a = a.id",
      "select b.u from a left join b on b.a = a.id where b.n is null",
      "select a.id from a right join b on b.a = a.id + 5",
      "select b.id from a full join b on false",
      "select a.id from a full join b on false", "select b.id from a left join b on false",
      "select b.id from a left join b on :p = 1", "select u from w",
      "select x.id from a left join (select id, a from b) x on x.a = a.id",
      "select x.c from a left join (select a, count(*) as c from b group by a) x on x.a = a.id",
      "select x.c from a left join (select a, coalesce(n, 0) as c from b) x on x.a = a.id",
      "select x.c from a left join (select a, 1 as c from b) x on x.a = a.id",
      "select x.c from a left join (select a, 'y' as c from b offset 0) x on x.a = a.id",
      "select x.i from a left join lateral (select a.id as i from b where b.a = a.id) x on true",
      "select s.i from (select x.i from a left join lateral (select a.id as i from b where b.a = a.id "
        + "offset 0) x on true offset 0) s",
      "select s.i from (select x.i from a left join lateral (select a.id as i from b where b.a = a.id) "
        + "x on true) s order by 1",
      "with c as materialized (select id from b) select c.id from a left join c on c.id = a.id",
      "with c as (select id from b) select c.id from a left join c on c.id = a.id",
      "with c as materialized (select b.id from a left join b on b.a = a.id) select c.id from c",
      "select id from a group by rollup (id)", "select k from a group by grouping sets ((k), ())",
      "select coalesce(k, 1) + k from a group by cube (k)",
      "select id from a union all select null", "select null union select id from a",
      "select id from a union all select n from a",
      "select (select b.id from b where b.a = a.id) from a", "select max(id) from a where false",
      "select sum(id) from a where false", "select max(n) from a group by k",
      "select sum(id) filter (where n > 1) from a group by k",
      "select sum(id) over (order by id rows between 2 preceding and 1 preceding) from a",
      "select lag(id) over (order by id) from a", "select nullif(id, 1) from a",
      "select case when n > 1 then id end from a",
      "select case when n > 1 then n else id end from a",
      "select coalesce(n, null) from a", "select null::text", "select :p::int",
      "select coalesce(n, :p) from a", "select j -> 'x' from a", "select j ->> 'x' from a",
      "select to_char(made, '') from a", "select extract(day from made) from a",
      "select own.lower('mon'::mood)", "select lower(t) from a", "select n + 1 from a",
      "select t || n from a",
      "select lower(t || n) from a", "select (array[1])[id] from a",
      "select x from a, unnest(array[1, null]) x",
      "select generate_series(1, 2), unnest(array[1]) ",
      "select n from a where n is not null or k = 1", "select n from a where not (n is not null)",
      "select n from a where n is distinct from 5", "select n from a where (n is null) is not null",
      "select n from a where coalesce(n, 0) = 0",
      "select p.id from a left join parted p on p.id = a.id + 5 and p.k = 1",
      "select x.id from only parent x left join parent y on y.id = x.id + 5 where false or true "
        + "union all select null",
      "select y.id from parent x left join parent y on y.id = x.id + 5",
      "select d.v from a left join d on d.v = a.id + 5", "select v from d",
      "with recursive r as (select id from a union all select null from r where false) "
        + "select id from r",
      "values (1), (null)", "select * from (values (1), (null)) x",
      "select (b).id from a left join b on false", "select substring(t from 'x') from a",
      "select a.id from b left join (a join b c on c.a = a.id) on a.id = b.id + 5",
      "select a.id from b left join a using (id) where a.id is null",
    ]) func unproved(sql: String) async throws
  {
    try await check(sql) { $0 != false }
  }

  /// Checks what is said of a column, and against the rows themselves: NULL never stands where it was denied.
  private func check(
    _ sql: String, place: Int = 0, _ isExpected: @Sendable (Bool?) -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let database = try await Self.database.value
    let usesParameter = sql.contains(":p")
    let columns = try await database.source.withConnection { connection in
      try await connection.describe(sql, parameters: usesParameter ? ["p": .int] : [:])
    }
    #expect(
      isExpected(columns[place].nullable), "\(String(describing: columns[place].nullable)): \(sql)",
      sourceLocation: sourceLocation)
    let rows = try await database.all(sql, usesParameter ? ["p": .int(2)] : [:])
    for (index, column) in columns.enumerated() where column.nullable == false {
      #expect(
        !rows.contains { $0[index] == nil }, "\(sql): \(rows)", sourceLocation: sourceLocation)
    }
  }

  @Test("Names of their own cannot pass for the server's")
  func strangers() async throws {
    let database = try await TestDatabase(
      """
      create table t (id int not null, x text not null);
      insert into t values (1, 'x');
      create type pair as (l int, r int);
      create function lower(pair) returns text language sql as 'select null::text';
      """)
    try await database.source.withConnection { connection in
      let foreign = try await connection.describe("select lower(row(1, 2)::pair) from t")
      #expect(foreign[0].nullable == nil)
      let doubtful = try await connection.describe("select lower(x), upper(x) from t")
      #expect(doubtful.map(\.nullable) == [nil, false])
    }
  }
}
