//! The solutions as one program: `solutions NAME` runs one.

#[cfg(target_os = "linux")]
mod abstract_name;
mod accept_timeout;
#[cfg(target_os = "linux")]
mod adopted;
#[cfg(target_os = "linux")]
mod answer_from;
mod any_size;
mod cut_short;
mod dual_stack;
mod exactly_n;
mod first_call;
mod first_that_answers;
mod flush_first;
mod frames;
mod free_port;
mod from_whom;
mod half_close;
mod hung_up_or_reset;
mod in_the_group;
mod last_words;
mod lines_by_hand;
mod long_lines;
mod lost_letter;
#[cfg(target_os = "linux")]
mod lost_power;
mod newlines;
mod nothing_or_the_end;
#[cfg(target_os = "linux")]
mod number_again;
mod one_bad_caller;
mod one_thread;
#[cfg(target_os = "linux")]
mod part_of_a_film;
#[cfg(target_os = "linux")]
mod pass_it_on;
#[cfg(target_os = "linux")]
mod private_line;
mod restart;
mod resume;
mod right_socket;
mod second_handset;
mod short_send;
mod still_there;
mod stop_accept;
#[cfg(target_os = "linux")]
mod sweep;
mod to_everyone;
mod true_address;
mod two_at_once;
mod two_ears;
mod two_phones;
mod what_is_owed;
mod which_address;
#[cfg(target_os = "linux")]
mod who_is_there;
mod who_waits;

const SOLUTIONS: &[(&str, fn())] = &[
    ("first_call", first_call::main),
    ("two_phones", two_phones::main),
    #[cfg(target_os = "linux")]
    ("number_again", number_again::main),
    ("right_socket", right_socket::main),
    ("free_port", free_port::main),
    ("restart", restart::main),
    #[cfg(target_os = "linux")]
    ("who_is_there", who_is_there::main),
    ("first_that_answers", first_that_answers::main),
    ("short_send", short_send::main),
    ("exactly_n", exactly_n::main),
    ("half_close", half_close::main),
    ("accept_timeout", accept_timeout::main),
    ("resume", resume::main),
    ("nothing_or_the_end", nothing_or_the_end::main),
    ("flush_first", flush_first::main),
    ("newlines", newlines::main),
    #[cfg(target_os = "linux")]
    ("part_of_a_film", part_of_a_film::main),
    ("hung_up_or_reset", hung_up_or_reset::main),
    ("who_waits", who_waits::main),
    ("last_words", last_words::main),
    #[cfg(target_os = "linux")]
    ("lost_power", lost_power::main),
    ("any_size", any_size::main),
    ("from_whom", from_whom::main),
    ("lost_letter", lost_letter::main),
    ("to_everyone", to_everyone::main),
    ("in_the_group", in_the_group::main),
    #[cfg(target_os = "linux")]
    ("answer_from", answer_from::main),
    ("cut_short", cut_short::main),
    ("frames", frames::main),
    ("lines_by_hand", lines_by_hand::main),
    ("long_lines", long_lines::main),
    ("two_at_once", two_at_once::main),
    ("one_bad_caller", one_bad_caller::main),
    ("stop_accept", stop_accept::main),
    ("two_ears", two_ears::main),
    ("one_thread", one_thread::main),
    ("what_is_owed", what_is_owed::main),
    ("dual_stack", dual_stack::main),
    ("true_address", true_address::main),
    ("which_address", which_address::main),
    #[cfg(target_os = "linux")]
    ("abstract_name", abstract_name::main),
    #[cfg(target_os = "linux")]
    ("private_line", private_line::main),
    ("second_handset", second_handset::main),
    #[cfg(target_os = "linux")]
    ("adopted", adopted::main),
    #[cfg(target_os = "linux")]
    ("pass_it_on", pass_it_on::main),
    ("still_there", still_there::main),
    #[cfg(target_os = "linux")]
    ("sweep", sweep::main),
    // For the test that a wrong attempt never hangs.
    ("hang", hang),
];

fn main() {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    match SOLUTIONS.iter().find(|(name, _)| *name == wanted) {
        Some((_, solution)) => solution(),
        None => {
            eprintln!("there is no solution {wanted:?}; `cargo exercise --list` shows all names");
            std::process::exit(3);
        }
    }
}

fn hang() {
    exercises::run_within(std::time::Duration::from_millis(100), || {
        socketbook::create_server(("127.0.0.1", 0))?.accept()?;
        Ok(())
    });
}
