-- Every kind of object that Postgres has, with names that only quoting makes names, and what depends on what across them.
CREATE EXTENSION citext WITH SCHEMA public;
CREATE EXTENSION postgres_fdw WITH SCHEMA public;
CREATE SCHEMA shop;
COMMENT ON SCHEMA shop IS 'what is sold';
CREATE COLLATION shop.folded (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
CREATE TYPE shop.state AS ENUM ('new', 'it''s paid', 'sent');
CREATE DOMAIN shop.percent AS numeric(5,2) DEFAULT 0 NOT NULL CONSTRAINT percent_range CHECK (VALUE >= 0 AND VALUE <= 100);
COMMENT ON DOMAIN shop.percent IS 'of a hundred';
CREATE DOMAIN public."odd ""name" AS text COLLATE "C";
CREATE TYPE shop.address AS (street text COLLATE "C", "house no" integer, state shop.state, tags text[]);
COMMENT ON TYPE shop.address IS 'where to';
CREATE FUNCTION shop.float_diff(a double precision, b double precision) RETURNS double precision LANGUAGE sql IMMUTABLE AS 'SELECT a - b';
CREATE TYPE shop.span AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = shop.float_diff);
CREATE TYPE shop.span2 AS RANGE (SUBTYPE = text, MULTIRANGE_TYPE_NAME = shop.spans, COLLATION = "C");
CREATE SEQUENCE shop.order_number AS integer START WITH 100 INCREMENT BY 5 MINVALUE 10 MAXVALUE 100000 CACHE 3 CYCLE;
COMMENT ON SEQUENCE shop.order_number IS 'printed on bills';
CREATE SEQUENCE shop.down INCREMENT BY -1;
CREATE FUNCTION shop.next_order() RETURNS text LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path TO 'shop', 'pg_temp' SET statement_timeout TO '5s' AS $$
DECLARE
  n text;
BEGIN
  -- ${not} a template, %{nor} this
  SELECT 'A-' || nextval('shop.order_number') INTO n;

  RETURN n;
END;
$$;
CREATE TABLE shop."Customer" (
  id serial PRIMARY KEY,
  email public.citext NOT NULL UNIQUE,
  home shop.address,
  discount shop.percent,
  seen shop.span,
  folded text COLLATE shop.folded,
  "select" text COLLATE "C" DEFAULT 'it''s'
);
CREATE TABLE shop.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number text NOT NULL DEFAULT shop.next_order(),
  own bigint NOT NULL,
  customer integer NOT NULL REFERENCES shop."Customer" (id) ON DELETE CASCADE,
  state shop.state NOT NULL DEFAULT 'new',
  states shop.state[],
  total numeric(12,2) NOT NULL,
  placed timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT total_positive CHECK (total >= 0)
);
CREATE SEQUENCE shop.own_seq OWNED BY shop.orders.own;
ALTER TABLE shop.orders ALTER COLUMN own SET DEFAULT nextval('shop.own_seq');
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION shop.zz_total(customer integer) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT sum(total) FROM shop.orders WHERE orders.customer = zz_total.customer';
CREATE FUNCTION shop.aa_best() RETURNS numeric LANGUAGE sql STABLE AS 'SELECT max(shop.zz_total(id)) FROM shop."Customer"';
CREATE FUNCTION shop.total(customer text) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0';
CREATE FUNCTION shop.total(customer integer, since date DEFAULT '2020-01-01'::date) RETURNS numeric LANGUAGE sql AS 'SELECT 2.0';
CREATE FUNCTION shop.pair(INOUT a integer, OUT b text, VARIADIC rest integer[] DEFAULT '{}') RETURNS record LANGUAGE sql AS 'SELECT a, ''x''';
CREATE FUNCTION shop.listing(since date) RETURNS TABLE ("id no" bigint, state shop.state) LANGUAGE sql AS 'SELECT id, state FROM shop.orders';
CREATE FUNCTION shop.customers() RETURNS SETOF shop."Customer" LANGUAGE sql AS 'SELECT * FROM shop."Customer"';
CREATE FUNCTION shop.atomic(x integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT x + 1; END;
CREATE FUNCTION shop.dollar() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN $$a$$ || '$body$'; END $f$;
COMMENT ON FUNCTION shop.total(text) IS 'by name';
CREATE PROCEDURE shop.clean(IN before date, INOUT gone integer) LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM shop.orders WHERE placed < before;
  GET DIAGNOSTICS gone = ROW_COUNT;
END;
$$;
CREATE FUNCTION shop.add(state numeric, x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT state + x';
CREATE AGGREGATE shop.plus(numeric) (SFUNC = shop.add, STYPE = numeric, INITCOND = '0', PARALLEL = SAFE);
CREATE AGGREGATE shop.many(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
CREATE FUNCTION shop.to_text(shop.address) RETURNS text LANGUAGE sql AS 'SELECT ($1).street';
CREATE CAST (shop.address AS text) WITH FUNCTION shop.to_text(shop.address) AS ASSIGNMENT;
CREATE CAST (shop.state AS integer) WITH INOUT;
CREATE VIEW shop.zz_open AS SELECT o.id, o.number, c.email FROM shop.orders o JOIN shop."Customer" c ON c.id = o.customer WHERE o.state = 'new';
CREATE VIEW shop.aa_open WITH (security_barrier = true) AS SELECT id, number || '''' AS "odd ""column" FROM shop.zz_open;
COMMENT ON VIEW shop.aa_open IS 'line one
line two';
COMMENT ON COLUMN shop.aa_open.id IS 'of the order';
CREATE VIEW shop.checked AS SELECT id, total FROM shop.orders WHERE total > 5 WITH LOCAL CHECK OPTION;
CREATE MATERIALIZED VIEW shop.sums AS SELECT customer, sum(total) AS total, shop.plus(total) AS plus FROM shop.orders GROUP BY customer;
CREATE UNIQUE INDEX sums_customer ON shop.sums (customer);
CREATE INDEX sums_total ON shop.sums (total DESC NULLS LAST, (plus + 1)) WHERE total > 0;
COMMENT ON MATERIALIZED VIEW shop.sums IS 'refreshed at night';
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.placed := now(); RETURN NEW; END $$;
CREATE FUNCTION shop.noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER "touch it" BEFORE INSERT OR UPDATE OF state, total ON shop.orders FOR EACH ROW WHEN (NEW.total > 0 AND NEW.number <> 'WHEN (x)') EXECUTE FUNCTION shop.touch('it''s', 'b');
CREATE TRIGGER noted AFTER DELETE ON shop.orders REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION shop.noted();
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON shop."Customer" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION shop.noted();
CREATE TRIGGER noted INSTEAD OF UPDATE ON shop.zz_open FOR EACH ROW EXECUTE FUNCTION shop.noted();
COMMENT ON TRIGGER noted ON shop.orders IS 'second';
CREATE POLICY "own rows" ON shop.orders AS RESTRICTIVE FOR UPDATE TO CURRENT_USER, postgres USING (customer > 0) WITH CHECK (total < 100);
CREATE POLICY all_rows ON shop.orders USING (shop.zz_total(customer) IS NOT NULL);
CREATE TABLE shop.events (at date NOT NULL, kind text NOT NULL, n integer) PARTITION BY RANGE (at);
CREATE TABLE shop.events_2024 PARTITION OF shop.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE shop.events_2025 PARTITION OF shop.events FOR VALUES FROM ('2025-01-01') TO (MAXVALUE) PARTITION BY LIST (kind);
CREATE TABLE shop.events_2025_ab PARTITION OF shop.events_2025 FOR VALUES IN ('a', 'b), ''c');
CREATE TABLE shop.events_2025_rest PARTITION OF shop.events_2025 DEFAULT;
CREATE TABLE shop.hashed (id integer NOT NULL) PARTITION BY HASH (id);
CREATE TABLE shop.hashed_1 PARTITION OF shop.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE SERVER far TYPE 'pg' VERSION '1' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'it''s far', dbname 'x');
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'reader', password 'secret');
CREATE FOREIGN TABLE shop.remote (id integer OPTIONS (column_name 'ID') NOT NULL, state shop.state, note text DEFAULT 'none', CONSTRAINT positive CHECK (id > 0)) SERVER far OPTIONS (schema_name 's', table_name 't');
COMMENT ON COLUMN shop.remote.note IS 'free';
CREATE FUNCTION shop.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE VIEW', 'DROP TABLE') EXECUTE FUNCTION shop.on_ddl();
