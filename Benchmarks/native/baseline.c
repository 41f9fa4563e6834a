// baseline DSN ROWS STATE check|store|print: what W1 costs without a tool, in one thread of C.
//
// libpq hands over one row at a time; sixteen fields are made of seventeen columns, as project/mappings/employees.yaml
// says, and written as JSON; their 128-bit hash is compared with the one that SQLite holds for the key, both sides read
// in key order. `store` writes the hashes; `print` prints the JSON, to be compared with what crosswalk sends.
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
  const char *start;  // NULL: there is no value
  int length;
};

static const struct text nothing = {NULL, 0};

enum column {
  EMPLOYEE, FIRST, MIDDLE, LAST, EMAIL, SEX, BORN, HIRED, LEFT, ADDRESS, CITY, STATE, ZIP, PHONE,
  DEPARTMENT, JOB, ACTIVE
};

static const char query[] =
    "select employee, first_name, middle_name, last_name, email, sex, birth_date, hire_date,"
    " term_date, address, city, state, zip, phone, department, job, active"
    " from bench.employee where employee <= $1::int order by employee";

static void fail(const char *what, const char *why) {
  fprintf(stderr, "baseline: %s: %s\n", what, why);
  exit(1);
}

// Look-ups: a table of open addressing, keys of up to 15 bytes.

enum { PLACES = 1 << 16 };

struct place {
  char key[16];
  int length;
  int id;
};

static struct place jobs[PLACES], departments[PLACES];

static struct place *find(struct place *table, struct text key) {
  uint32_t hash = 5381;
  for (int index = 0; index < key.length; index++) hash = hash * 33 ^ (uint8_t)key.start[index];
  for (;; hash++) {
    struct place *place = &table[hash % PLACES];
    if (place->length == 0) return place;
    if (place->length == key.length && memcmp(place->key, key.start, (size_t)key.length) == 0)
      return place;
  }
}

static void load(PGconn *connection, const char *sql, struct place *table) {
  PGresult *rows = PQexec(connection, sql);
  if (PQresultStatus(rows) != PGRES_TUPLES_OK) fail("look-up", PQerrorMessage(connection));
  for (int row = 0; row < PQntuples(rows); row++) {
    struct text key = {PQgetvalue(rows, row, 0), PQgetlength(rows, row, 0)};
    struct place *place = find(table, key);
    memcpy(place->key, key.start, (size_t)key.length);
    place->length = key.length;
    place->id = atoi(PQgetvalue(rows, row, 1));
  }
  PQclear(rows);
}

// Values.

static PGresult *row;

static struct text raw(enum column column) {
  if (PQgetisnull(row, 0, column)) return nothing;
  return (struct text){PQgetvalue(row, 0, column), PQgetlength(row, 0, column)};
}

static bool blank(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

static struct text clean(enum column column) {
  struct text value = raw(column);
  while (value.length > 0 && blank(value.start[0])) value.start++, value.length--;
  while (value.length > 0 && blank(value.start[value.length - 1])) value.length--;
  return value.length > 0 ? value : nothing;
}

static bool is(struct text value, const char *word) {
  return value.length == (int)strlen(word) && memcmp(value.start, word, (size_t)value.length) == 0;
}

// The record.

static char record[4096];
static char *end;

static void put(const char *bytes, size_t count) {
  memcpy(end, bytes, count);
  end += count;
}

static void name(const char *path) {
  put(end == record ? "{\"" : ",\"", 2);
  put(path, strlen(path));
  put("\":", 2);
}

static void number(int value) { end += sprintf(end, "%d", value); }

static void null(void) { put("null", 4); }

static void quoted(struct text value) {
  if (value.start == NULL) {
    null();
    return;
  }
  *end++ = '"';
  for (int index = 0; index < value.length; index++) {
    unsigned char byte = (unsigned char)value.start[index];
    if (byte == '"' || byte == '\\') *end++ = '\\';
    if (byte < 0x20)
      end += sprintf(end, "\\u%04x", byte);
    else
      *end++ = (char)byte;
  }
  *end++ = '"';
}

static struct text joined(char *buffer) {
  struct text whole = {buffer, 0};
  for (enum column column = FIRST; column <= LAST; column++) {
    struct text part = clean(column);
    if (part.start == NULL) continue;
    if (whole.length > 0) buffer[whole.length++] = ' ';
    memcpy(buffer + whole.length, part.start, (size_t)part.length);
    whole.length += part.length;
  }
  return whole.length > 0 ? whole : nothing;
}

static struct text mail(char *buffer) {
  struct text value = raw(EMAIL), result = {buffer, 0};
  for (int index = 0; index < value.length; index++) {
    char byte = value.start[index];
    if (blank(byte)) continue;
    buffer[result.length++] = byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
  }
  return result.length > 0 ? result : nothing;
}

static struct text capitals(struct text value, char *buffer) {
  for (int index = 0; index < value.length; index++) {
    char byte = value.start[index];
    buffer[index] = byte >= 'a' && byte <= 'z' ? (char)(byte - 32) : byte;
  }
  return value.start == NULL ? nothing : (struct text){buffer, value.length};
}

// E.164 of a number of the United States, as `phone.e164` has it.
static struct text telephone(char *buffer) {
  struct text value = clean(PHONE);
  char digits[16];
  int count = 0;
  for (int index = 0; index < value.length; index++) {
    char byte = value.start[index];
    if (strchr(" ()-.", byte) != NULL) continue;
    if (byte < '0' || byte > '9' || count == 15) return nothing;
    digits[count++] = byte;
  }
  char *first = digits;
  if (count == 11 && digits[0] == '1') first++, count--;
  if (count != 10 || first[0] < '2' || first[3] < '2') return nothing;
  memcpy(buffer, "+1", 2);
  memcpy(buffer + 2, first, 10);
  return (struct text){buffer, 12};
}

static struct text day(enum column column) {
  struct text value = raw(column);
  return is(value, "1900-01-01") || is(value, "2079-06-06") ? nothing : value;
}

static void build(void) {
  char buffer[512];
  end = record;
  name("city"), quoted(clean(CITY));
  name("current_hire_date"), quoted(day(HIRED));
  name("date_of_birth"), quoted(day(BORN));
  name("email"), quoted(mail(buffer));
  name("emp_id"), quoted(raw(EMPLOYEE));
  name("first_name"), quoted(clean(FIRST));
  name("full_name"), quoted(joined(buffer));
  name("gender");
  struct text sex = raw(SEX);
  if (is(sex, "M"))
    number(1);
  else if (is(sex, "F"))
    number(0);
  else
    null();
  name("home_site_id");
  const struct place *site = find(jobs, raw(JOB));
  if (site->length == 0) site = find(departments, raw(DEPARTMENT));
  if (site->length == 0)
    null();
  else
    number(site->id);
  name("last_name"), quoted(clean(LAST));
  name("middle_name"), quoted(clean(MIDDLE));
  name("mobile_phone"), quoted(telephone(buffer));
  name("state"), quoted(capitals(clean(STATE), buffer));
  name("street"), quoted(clean(ADDRESS));
  name("system_access"), number(raw(LEFT).start == NULL && is(raw(ACTIVE), "Y"));
  name("zip_code"), quoted(clean(ZIP));
  *end++ = '}';
}

// The hash: two lanes of multiply and fold, sixteen bytes a step.

struct hash {
  uint64_t high, low;
};

static uint64_t fold(uint64_t left, uint64_t right) {
  __uint128_t product = (__uint128_t)left * right;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static struct hash hash(const char *bytes, size_t count) {
  uint64_t high = 0x243F6A8885A308D3 ^ count, low = 0x13198A2E03707344 ^ count, word[2];
  for (; count > 0; bytes += 16, count -= count < 16 ? count : 16) {
    word[0] = word[1] = 0;
    memcpy(word, bytes, count < 16 ? count : 16);
    high = fold(high ^ word[0], 0xA4093822299F31D1 ^ word[1]);
    low = fold(low ^ word[1], 0x082EFA98EC4E6C89 ^ word[0]);
  }
  return (struct hash){fold(high, 0x452821E638D01377 ^ low), fold(low, 0xBE5466CF34E90C6C ^ high)};
}

// The state.

static sqlite3 *open_state(const char *path) {
  sqlite3 *state;
  if (sqlite3_open(path, &state) != SQLITE_OK ||
      sqlite3_exec(state,
                   "pragma journal_mode = wal;"
                   "create table if not exists state (key integer primary key, hash blob) strict;"
                   "begin",
                   NULL, NULL, NULL) != SQLITE_OK)
    fail(path, sqlite3_errmsg(state));
  return state;
}

int main(int count, char **arguments) {
  if (count != 5) {
    fputs("usage: baseline DSN ROWS STATE check|store|print\n", stderr);
    return 64;
  }
  bool stores = strcmp(arguments[4], "store") == 0, prints = strcmp(arguments[4], "print") == 0;
  PGconn *connection = PQconnectdb(arguments[1]);
  if (PQstatus(connection) != CONNECTION_OK) fail("connection", PQerrorMessage(connection));
  load(connection, "select job, id from bench.job", jobs);
  load(connection, "select department, id from bench.department", departments);

  sqlite3 *state = open_state(arguments[3]);
  sqlite3_stmt *statement;
  const char *sql = stores ? "insert or replace into state values (?, ?)"
                           : "select key, hash from state order by key";
  if (sqlite3_prepare_v2(state, sql, -1, &statement, NULL) != SQLITE_OK)
    fail("state", sqlite3_errmsg(state));
  bool has_state = !stores && sqlite3_step(statement) == SQLITE_ROW;

  const char *parameters[] = {arguments[2]};
  if (!PQsendQueryParams(connection, query, 1, NULL, parameters, NULL, NULL, 0) ||
      !PQsetSingleRowMode(connection))
    fail("query", PQerrorMessage(connection));
  long rows = 0, changed = 0;
  while ((row = PQgetResult(connection)) != NULL) {
    ExecStatusType status = PQresultStatus(row);
    if (status == PGRES_SINGLE_TUPLE) {
      long key = atol(PQgetvalue(row, 0, EMPLOYEE));
      build();
      struct hash now = hash(record, (size_t)(end - record));
      rows++;
      if (prints) {
        fwrite(record, 1, (size_t)(end - record), stdout);
        putchar('\n');
      } else if (stores) {
        sqlite3_bind_int64(statement, 1, key);
        sqlite3_bind_blob(statement, 2, &now, sizeof now, SQLITE_STATIC);
        if (sqlite3_step(statement) != SQLITE_DONE) fail("state", sqlite3_errmsg(state));
        sqlite3_reset(statement);
      } else {
        while (has_state && sqlite3_column_int64(statement, 0) < key)
          has_state = sqlite3_step(statement) == SQLITE_ROW;
        bool same = has_state && sqlite3_column_int64(statement, 0) == key &&
                    memcmp(sqlite3_column_blob(statement, 1), &now, sizeof now) == 0;
        if (!same) changed++;
      }
    } else if (status != PGRES_TUPLES_OK) {
      fail("rows", PQerrorMessage(connection));
    }
    PQclear(row);
  }
  sqlite3_finalize(statement);
  sqlite3_exec(state, "commit", NULL, NULL, NULL);
  sqlite3_close(state);
  PQfinish(connection);
  if (!prints) printf("{\"rows\": %ld, \"changed\": %ld}\n", rows, changed);
  return 0;
}
