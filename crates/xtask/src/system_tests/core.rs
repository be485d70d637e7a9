//! The tests that show whether a host does its work at all.

/// Enrolment, pings, jobs and their ends, restarts, what is refused.
pub(crate) const CORE: &[&str] = &[
    "cancels::a_job_that_waits_for_its_host_is_cancelled_at_once_and_never_runs",
    "cancels::a_running_job_is_cancelled_though_its_agent_and_control_restart",
    "enrolment::a_clone_of_a_host_takes_an_id_of_its_own",
    "enrolment::a_code_enrols_one_host_and_only_one",
    "first_boot::a_host_enrols_at_first_boot_with_nobody_present",
    "functions::a_failure_comes_back_with_exit_code_and_output",
    "functions::a_running_job_can_be_cancelled",
    "functions::jobs_can_be_looked_at_on_the_host",
    "functions::of_much_output_head_and_tail_are_kept",
    "functions::what_runs_past_its_limit_is_killed_with_all_that_it_started",
    "jobs::a_job_is_held_to_the_limits_of_its_command",
    "jobs::a_shim_that_is_killed_takes_its_job_along",
    "jobs::what_a_function_started_has_its_grace_to_clean_up",
    "machines::what_one_machine_signs_another_verifies",
    "older_kernels::an_agent_on_linux_4_9_runs_jobs_and_ends_them",
    "output::on_the_host_a_running_job_shows_its_output_so_far_and_as_it_comes",
    "recovery::a_job_outlives_its_agent_and_is_reported_by_the_next",
    "recovery::a_job_that_ends_while_no_agent_runs_is_reported_by_the_next",
    "recovery::a_job_whose_shim_is_killed_is_interrupted_and_leaves_no_runner",
    "recovery::an_agent_killed_before_it_could_report_reports_after_its_restart",
    "ten_steps::a_host_that_was_off_gets_its_job_when_it_comes",
    "ten_steps::a_host_without_a_code_waits_until_it_is_admitted",
    "ten_steps::a_job_for_two_hosts_comes_back_from_each",
    "time::a_job_begins_and_ends_when_it_does",
];
