use super::assert_traces;

#[test]
fn python_tracebacks_are_read_innermost_frame_first_and_cause_last() {
    let text = "\
Traceback (most recent call last):
  File \"/app/db.py\", line 3, in connect
    sock.connect(address)
    ~~~~~~~~~~~~^^^^^^^^^
ConnectionRefusedError: [Errno 111] Connection refused

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File \"/app/main.py\", line 10, in <module>
    run()
  File \"/app/main.py\", line 7, in run
    raise DbError(\"no database\") from error
  [Previous line repeated 3 more times]
shop.errors.DbError: no database
done";
    assert_traces(
        text,
        &[
            "python shop.errors.DbError: no database | run /app/main.py:7 | <module> /app/main.py:10",
            "<- python ConnectionRefusedError: [Errno 111] Connection refused | connect /app/db.py:3",
        ],
    );
}

#[test]
fn python_tracebacks_behind_prefixes_and_in_one_line_are_read() {
    let text = "\
web_1 | Traceback (most recent call last):
web_1 |   File \"/app/a.py\", line 3, in f
web_1 |     return d[key]
web_1 | KeyError: 'user'
web_1 | INFO: restarting";
    assert_traces(text, &["python KeyError: 'user' | f /app/a.py:3"]);
    assert_traces(
        "10:00 Traceback (most recent call last): File \"a.py\", line 3, in f g() File \"b.py\", line 4, in g raise ValueError(\"x\") ValueError: bad value",
        &["python ValueError: bad value | g b.py:4 | f a.py:3"],
    );
}

#[test]
fn python_syntax_errors_and_errors_without_a_message_are_read() {
    let text = "  File \"/app/a.py\", line 1\n    print(\n         ^\nSyntaxError: '(' was never closed";
    assert_traces(text, &["python SyntaxError: '(' was never closed | - /app/a.py:1"]);
    let text = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <lambda>\nKeyboardInterrupt\n$ ls";
    assert_traces(text, &["python KeyboardInterrupt: - | <lambda> a.py:1"]);
}

#[test]
fn python_exception_groups_give_a_trace_for_each_error() {
    let text = "\
  + Exception Group Traceback (most recent call last):
  |   File \"/app/g.py\", line 9, in main
  |     raise group
  | ExceptionGroup: two errors (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File \"/app/g.py\", line 3, in one
    |     int(\"x\")
    | ValueError: invalid literal
    +------------------------------------";
    assert_traces(
        text,
        &[
            "python ExceptionGroup: two errors (2 sub-exceptions) | main /app/g.py:9",
            "python ValueError: invalid literal | one /app/g.py:3",
        ],
    );
}

#[test]
fn php_traces_are_read_and_the_previous_error_is_the_cause() {
    let text = "\
PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /var/www/Db.php:12
Stack trace:
#0 /var/www/Db.php(12): PDO->__construct('mysql:host=db', 'root')
#1 [internal function]: Shop\\Db->open()
#2 {main}

Next Shop\\DbException: No database in /var/www/Shop.php:30
Stack trace:
#0 /var/www/index.php(5): Shop\\App::run()
#1 {main}
  thrown in /var/www/Shop.php on line 30";
    assert_traces(
        text,
        &[
            "php Shop\\DbException: No database | - /var/www/Shop.php:30 | Shop\\App::run /var/www/index.php:5 | {main} -:-",
            "<- php PDOException: SQLSTATE[HY000] [2002] Connection refused | - /var/www/Db.php:12 | PDO->__construct /var/www/Db.php:12 | Shop\\Db->open -:- | {main} -:-",
        ],
    );
    assert_traces(
        "PHP Fatal error: Uncaught TypeError: bad in /a.php:3 Stack trace: #0 /a.php(9): f() #1 {main} thrown in /a.php on line 3",
        &["php TypeError: bad | - /a.php:3 | f /a.php:9 | {main} -:-"],
    );
}

#[test]
fn ruby_traces_are_read_old_and_new() {
    let text = "\
app.rb:12:in `total': undefined method `+' for nil:NilClass (NoMethodError)
	from /srv/app.rb:20:in `block in run'
	from /srv/app.rb:22:in `<main>'
db.rb:3:in 'Db#open': refused (Errno::ECONNREFUSED)
	from db.rb:9:in 'Db.connect'";
    assert_traces(
        text,
        &[
            "ruby NoMethodError: undefined method `+' for nil:NilClass | total app.rb:12 | run /srv/app.rb:20 | <main> /srv/app.rb:22",
            "<- ruby Errno::ECONNREFUSED: refused | Db#open db.rb:3 | Db.connect db.rb:9",
        ],
    );
    let text = "\
ActiveRecord::RecordNotFoundError: Couldn't find User with 'id'=3
  app/models/user.rb:7:in `find_it'
  app/controllers/users_controller.rb:5:in `show'";
    assert_traces(
        text,
        &[
            "ruby ActiveRecord::RecordNotFoundError: Couldn't find User with 'id'=3 | find_it app/models/user.rb:7 | show app/controllers/users_controller.rb:5",
        ],
    );
}
