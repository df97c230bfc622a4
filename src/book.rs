//! The README and the book's chapters, whose programs run as documentation tests.

doc_comment::doctest!("../README.md", readme);
doc_comment::doctest!("../book/en/src/index.md", index);
doc_comment::doctest!("../book/en/src/install.md", install);
doc_comment::doctest!("../book/en/src/before-the-first-call.md", before_the_first_call);
doc_comment::doctest!("../book/en/src/creation.md", lesson_1_creation);
doc_comment::doctest!("../book/en/src/server.md", lesson_2_server);
doc_comment::doctest!("../book/en/src/handover.md", handover);
doc_comment::doctest!("../book/en/src/client.md", lesson_3_client);
doc_comment::doctest!("../book/en/src/common.md", lesson_4_common);
doc_comment::doctest!("../book/en/src/blocking.md", lesson_5_blocking);
doc_comment::doctest!("../book/en/src/files.md", lesson_6_files);
doc_comment::doctest!("../book/en/src/tcp.md", tcp);
doc_comment::doctest!("../book/en/src/tcp-stress.md", tcp_stress);
doc_comment::doctest!("../book/en/src/udp.md", udp);
doc_comment::doctest!("../book/en/src/messages.md", messages);
doc_comment::doctest!("../book/en/src/callers.md", callers);
doc_comment::doctest!("../book/en/src/readiness.md", readiness);
doc_comment::doctest!("../book/en/src/addresses.md", addresses);
doc_comment::doctest!("../book/en/src/descriptors.md", descriptors);
doc_comment::doctest!("../book/en/src/troubles.md", troubles);
doc_comment::doctest!("../book/en/src/speed.md", speed);
doc_comment::doctest!("../book/en/src/faults.md", faults);
doc_comment::doctest!("../book/en/src/python-to-rust.md", python_to_rust);
doc_comment::doctest!("../book/en/src/glossary.md", glossary);
doc_comment::doctest!("../book/en/src/original-lesson.md", original_lesson);
