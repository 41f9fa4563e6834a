-- The source of the benches: the same rows on every machine and on every run.
--   psql -v rows=1000000 -f data.sql
-- Employees have the width and the defects of a payroll table: blanks at the ends, empty and missing values, names
-- with quotes and accents, state codes in both cases, numbers in five ways of writing, jobs that do not exist.
set client_min_messages = warning;
set synchronous_commit = off;
drop schema if exists bench cascade;
create schema bench;

create table bench.department (
  department text collate "C" primary key, description text not null, id int not null);
insert into bench.department
select 'D' || lpad(n::text, 3, '0'), 'Department ' || n, 20000 + n from generate_series(1, 200) n;

create table bench.job (
  job text collate "C" primary key, description text not null, status smallint not null,
  address text, city text, state text, zip text, id int not null);
insert into bench.job
select lpad(n::text, 5, '0') || '.', 'Job number ' || n, n % 3, (1 + n % 900) || ' Main St', 'Tulsa', 'OK',
       lpad((70000 + n % 9000)::text, 5, '0'), n
  from generate_series(1, 20000) n;

create table bench.employee (
  company smallint not null, employee int primary key,
  last_name varchar(30), first_name varchar(30), middle_name varchar(15), sort_name varchar(15),
  address varchar(60), address2 varchar(60), city varchar(30), state varchar(4), zip varchar(12),
  phone varchar(20), sex char(1), birth_date date, hire_date date, term_date date,
  pay_group smallint, department varchar(10), craft varchar(10), class varchar(10),
  job_company smallint, job varchar(10), active char(1) not null, email varchar(60),
  title varchar(30), updated_at timestamptz);

-- Two numbers a row that look thrown, from two multiplications modulo a prime.
insert into bench.employee
select 1, n,
       case when b % 101 = 0 then 'O''Hara' when b % 103 = 0 then 'Ibáñez' when b % 107 = 0 then 'Van "Van" Dyke'
            else (array['Abbott', 'Barnes', 'Castro', 'Dixon', 'Ellis', 'Fuentes', 'Grant', 'Hughes', 'Ingram',
                        'Jensen', 'Keller'])[1 + a % 11] end
         || repeat(' ', case when a % 6 = 0 then 1 + b % 3 else 0 end),
       repeat(' ', case when b % 8 = 0 then 1 else 0 end)
         || (array['Alma', 'Bruno', 'Clara', 'Dennis', 'Elena', 'Felix', 'Gloria', 'Hugo', 'Inés', 'Jonas', 'Karla',
                   'Liam', 'Chloë'])[1 + b % 13],
       case when a % 3 = 0 then null when b % 12 = 0 then '  ' else chr(65 + a % 26) end,
       'SORT' || a % 100000,
       (1 + b % 9999) || ' ' || (array['Oak', 'Birch', 'Spruce', 'Mill', 'River'])[1 + a % 5] || ' Rd'
         || repeat(' ', case when b % 20 = 0 then 4 else 0 end),
       case when a % 10 = 0 then 'Unit ' || b % 300 end,
       (array['Tulsa', 'Waco', 'Casper', 'Moab', 'Salina', 'Baton Rouge', 'Yuma'])[1 + a % 7],
       (array['OK', 'TX', 'wy', 'UT', 'ks', 'LA', 'AZ'])[1 + a % 7],
       lpad((70000 + b % 29999)::text, 5, '0') || case when a % 4 = 0 then '-' || lpad((b % 9999)::text, 4, '0') else '' end,
       case a % 6 when 0 then '(918) 555-01' when 1 then '918-555-01' when 2 then '91855501' when 3 then '1 918 555 01'
                  when 4 then '555-01' end || lpad((b % 100)::text, 2, '0'),
       (array['M', 'F', 'N'])[1 + b % 3],
       case when a % 50 = 0 then date '1900-01-01' else date '1952-03-01' + a % 19000 end,
       date '1996-01-01' + b % 10400, case when a % 9 = 0 then date '2024-02-01' + b % 500 end,
       1 + a % 4, 'D' || lpad((1 + b % 200)::text, 3, '0'), 'C' || a % 30, 'CL' || b % 12,
       1, case when b % 8 = 0 then null else lpad((1 + a % 20400)::text, 5, '0') || '.' end,
       case when a % 9 = 0 then 'N' else 'Y' end,
       case when b % 10 = 0 then null
            else 'User.' || n || case when a % 5 = 0 then '@Example.COM ' else '@example.com' end end,
       (array['Laborer', 'Foreman', 'Operator ', 'Carpenter', 'Electrician'])[1 + b % 5],
       timestamptz '2026-01-01 00:00:00Z' + a % 9000000 * interval '1 second'
  from (select n::int,
               ((n * 48271 + 11) % 2147483647 / 7)::int as a,
               ((n * 69621 + 5) % 2147483647 / 11)::int as b
          from generate_series(1::bigint, :rows) n) numbers;

vacuum analyze bench.department;
vacuum analyze bench.job;
vacuum analyze bench.employee;
