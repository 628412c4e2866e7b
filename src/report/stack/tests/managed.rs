use super::assert_traces;

#[test]
fn java_traces_are_read_with_their_causes_in_order() {
    let text = "\
Exception in thread \"main\" java.lang.IllegalStateException: Failed to start
	at com.shop.App.<init>(App.java:12)
	at java.base/java.lang.reflect.Method.invoke(Method.java:580)
	at app//com.shop.Lambda$1.run(Unknown Source) ~[shop.jar:1.0]
	Suppressed: java.io.IOException: Stream closed
		at com.shop.Res.close(Res.java:5)
		... 2 more
Caused by: org.h2.jdbc.JdbcSQLException: Table \"A\" not found;
SQL statement:
select 1
	at com.shop.Db.query(Db.kt:33)
	... 3 common frames omitted
Caused by: java.net.ConnectException: Connection refused
	at java.base/sun.nio.ch.Net.pollConnect(Native Method)
	... 9 more";
    assert_traces(
        text,
        &[
            "java java.lang.IllegalStateException: Failed to start | com.shop.App.<init> App.java:12 | java.lang.reflect.Method.invoke Method.java:580 | com.shop.Lambda$1.run -:-",
            "java java.io.IOException: Stream closed | com.shop.Res.close Res.java:5",
            "<- java org.h2.jdbc.JdbcSQLException: Table \"A\" not found;\nSQL statement:\nselect 1 | com.shop.Db.query Db.kt:33",
            "<- java java.net.ConnectException: Connection refused | sun.nio.ch.Net.pollConnect -:-",
        ],
    );
}

#[test]
fn java_root_causes_that_are_printed_first_come_last() {
    let text = "\
java.net.ConnectException: refused
	at com.shop.Net.open(Net.java:1)
Wrapped by: com.shop.ShopException: no network
	at com.shop.App.run(App.java:2)";
    assert_traces(
        text,
        &[
            "java com.shop.ShopException: no network | com.shop.App.run App.java:2",
            "<- java java.net.ConnectException: refused | com.shop.Net.open Net.java:1",
        ],
    );
}

#[test]
fn java_traces_behind_prefixes_and_in_one_line_are_read() {
    let text = "\
11-02 10:00:00.000 E/AndroidRuntime(123): java.lang.NullPointerException
11-02 10:00:00.000 E/AndroidRuntime(123): \tat com.shop.Main.onCreate(Main.kt:7)
11-02 10:00:00.000 E/AndroidRuntime(123): \tat android.app.Activity.start(Activity.java:9)";
    assert_traces(
        text,
        &[
            "java java.lang.NullPointerException: - | com.shop.Main.onCreate Main.kt:7 | android.app.Activity.start Activity.java:9",
        ],
    );
    assert_traces(
        "java.lang.A1Exception: a at x.Y.z(Y.java:1) at x.Y.w(Y.java:2) Caused by: java.io.IOException: b at x.Z.q(Z.java:3)",
        &[
            "java java.lang.A1Exception: a | x.Y.z Y.java:1 | x.Y.w Y.java:2",
            "<- java java.io.IOException: b | x.Z.q Z.java:3",
        ],
    );
}

#[test]
fn dot_net_traces_are_read_and_inner_errors_keep_their_own_frames() {
    let text = "\
Unhandled exception. System.InvalidOperationException: Could not save
 ---> System.Data.SqlClient.SqlException (0x80131904): Login failed
 ---> System.IO.IOException: Broken pipe
   at Shop.Net.Write(Byte[] data, Int32 count) in /src/Net.cs:line 7
   --- End of inner exception stack trace ---
   at Shop.Db.Open()
   --- End of inner exception stack trace ---
   at Shop.Cart.<>c.<Save>b__0() in C:\\src\\Shop Code\\Cart.cs:line 12
--- End of stack trace from previous location ---
   at Shop.Program.Main(String[] args)";
    assert_traces(
        text,
        &[
            "dotnet System.InvalidOperationException: Could not save | Shop.Cart.<>c.<Save>b__0 C:\\src\\Shop Code\\Cart.cs:12 | Shop.Program.Main -:-",
            "<- dotnet System.Data.SqlClient.SqlException: Login failed | Shop.Db.Open -:-",
            "<- dotnet System.IO.IOException: Broken pipe | Shop.Net.Write /src/Net.cs:7",
        ],
    );
    let text = "System.AggregateException: One or more errors occurred. ---> System.TimeoutException: Too slow   at A.B.C[T](IEnumerable`1 s) in /s/B.cs:line 3   --- End of inner exception stack trace ---   at A.D.E()";
    assert_traces(
        text,
        &[
            "dotnet System.AggregateException: One or more errors occurred. | A.D.E -:-",
            "<- dotnet System.TimeoutException: Too slow | A.B.C[T] /s/B.cs:3",
        ],
    );
}

#[test]
fn mono_frames_are_read() {
    assert_traces(
        "System.NullReferenceException: Object reference not set\n  at Shop.Cart.Total (System.String code) [0x00012] in <f3a1>:0\n  at Shop.App.Run () [0x00000] in /src/App.cs:9",
        &[
            "dotnet System.NullReferenceException: Object reference not set | Shop.Cart.Total -:- | Shop.App.Run /src/App.cs:9",
        ],
    );
}
