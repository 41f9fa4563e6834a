-- Tables that nothing else in the repository mentions.
create schema inventory;
create table inventory.boxes (
  store smallint not null, box varchar(10) not null, label varchar(60) not null,
  inside varchar(10), primary key (store, box)
);
create table inventory.tools (
  store smallint not null, number integer not null, label varchar(60) not null,
  serial varchar(40), weight numeric(12,3), bought date, box varchar(10),
  scrapped boolean not null default false, primary key (store, number)
);
-- Each box but the last stands in one with a larger key.
insert into inventory.boxes values
  (1, 'A1', 'Drawer', 'C3'), (1, 'B2', 'Tray', 'C3'), (1, 'C3', 'Chest', 'D4'),
  (1, 'D4', 'Container', null), (2, 'A1', 'Elsewhere', null);
insert into inventory.tools values
  (1, 1001, 'Hammer  ', 'HM-1', 1.250, '2024-02-29', 'A1'),
  (1, 1002, 'Chisel', null, 0.3, '2025-01-02', 'A1'),
  (1, 1003, 'Große Säge', ' SW 7 ', null, null, 'B2'),
  (1, 1004, 'Crane', 'CR-9', 48000.5, '2019-12-31', null),
  (1, 1005, 'Level', 'LV-5', 0.75, '2026-03-04', 'D4'),
  (2, 1001, 'Not ours', null, null, null, 'A1');
