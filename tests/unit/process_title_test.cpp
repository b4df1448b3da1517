// SPDX-License-Identifier: MIT
// Names that distinguish the processes of one program.
#include "model/process_title.h"

#include <gtest/gtest.h>

namespace tsa {
namespace {

TEST(ProcessTitle, of_a_title_is_the_part_that_stays_the_same) {
    EXPECT_EQ(process_title("postgres", "postgres: app db 127.0.0.1(40112) UPDATE waiting"), "postgres: app db");
    EXPECT_EQ(process_title("postgres", "postgres: app db [local] idle"), "postgres: app db");
    EXPECT_EQ(process_title("postgres", "postgres: app db 10.0.0.7 SELECT"), "postgres: app db");
    EXPECT_EQ(process_title("postgres", "postgres: walwriter "), "postgres: walwriter");
    EXPECT_EQ(process_title("postgres", "postgres: autovacuum launcher"), "postgres: autovacuum launcher");
    EXPECT_EQ(process_title("nginx", "nginx: worker process"), "nginx: worker process");
    EXPECT_EQ(process_title("nginx", "nginx: master process /usr/sbin/nginx -g daemon on;"),
              "nginx: master process /usr/sbin/nginx");
    EXPECT_EQ(process_title("php-fpm8.2", "php-fpm: pool www"), "php-fpm: pool www");
    EXPECT_EQ(process_title("sshd", "sshd: root@pts/0"), "sshd: root@pts/0");
}

TEST(ProcessTitle, of_an_interpreter_is_its_script) {
    EXPECT_EQ(process_title("python3", "/usr/bin/python3 -u /srv/worker.py --queue mail"), "python3 worker.py");
    EXPECT_EQ(process_title("python3.11", "python3.11 -W ignore app.py"), "python3.11 app.py");
    EXPECT_EQ(process_title("java", "java -Xmx2g -cp /a:/b -jar /opt/shop.jar --port 80"), "java shop.jar");
    EXPECT_EQ(process_title("java", "java -cp /a:/b com.example.Main"), "java com.example.Main");
    EXPECT_EQ(process_title("bash", "bash -c sleep 1000"), "bash");
    EXPECT_EQ(process_title("bash", "-bash"), "bash");
    EXPECT_EQ(process_title("pythonista", "pythonista app.py"), "pythonista");
}

TEST(ProcessTitle, is_else_the_name) {
    EXPECT_EQ(process_title("nginx", "/usr/sbin/nginx -g daemon off;"), "nginx");
    EXPECT_EQ(process_title("kworker/0:1", ""), "kworker/0:1");
    EXPECT_EQ(process_title("odd", ":"), "odd");
    EXPECT_EQ(process_title("odd", "   "), "odd");
}

TEST(ProcessTitle, is_bounded) {
    const std::string title = process_title("a", "a: " + std::string(100, 'x') + " \xc3\xa9");
    EXPECT_EQ(title.size(), kMaxTitleBytes);
    const std::string cut = process_title("a", "a: " + std::string(kMaxTitleBytes - 4, 'x') + "\xc3\xa9");
    EXPECT_EQ(cut, "a: " + std::string(kMaxTitleBytes - 4, 'x')) << "not within a character";
}

}  // namespace
}  // namespace tsa
