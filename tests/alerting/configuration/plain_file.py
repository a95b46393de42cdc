"""Files as Alertmanager's users have them: those that are right, and those that are not."""

RECEIVERS = "receivers: [{name: a}, {name: b}]\n"
_ROUTES = {
    # What stands in `route`, and whether it is right.
    "receiver: a": True,
    "receiver: a, group_by: []": True,
    "receiver: a, group_by: ['...', '...']": True,
    "receiver: a, group_wait: 0": True,
    "receiver: a, group_wait: 1h30m, group_interval: 1d, repeat_interval: 1w": True,
    "receiver: a, routes: ": True,
    "receiver: a, routes: [{}]": True,
    "receiver: a, routes: [{receiver: ''}]": True,
    "receiver: a, routes: [{match: {x: null}, match_re: {y: 'a|b'}, matchers: ['z!~q']}]": True,
    "receiver: a, routes: [{match: {x: 1}, continue: true}]": True,
    "receiver: a, routes: [&d {group_wait: 1s}, {<<: *d, receiver: b}]": True,
    "": False,
    "receiver: c": False,
    "receiver: a, receiver: b": False,
    "receiver: a, continue: true": False,
    "receiver: a, match: {x: y}": False,
    "receiver: a, match_re: {x: y}": False,
    "receiver: a, matchers: [x=y]": False,
    "receiver: a, mute_time_intervals: [z]": False,
    "receiver: a, active_time_intervals: [z]": False,
    "receiver: a, group_by: x": False,
    "receiver: a, group_by: [x, x]": False,
    "receiver: a, group_by: ['...', x]": False,
    "receiver: a, group_by: ['a:b']": False,
    "receiver: a, group_by: ['föö']": False,
    "receiver: a, group_wait: ''": False,
    "receiver: a, group_wait: 1": False,
    "receiver: a, group_wait: -1s": False,
    "receiver: a, group_wait: 1.5s": False,
    "receiver: a, group_wait: 1s1m": False,
    "receiver: a, group_interval: 0s": False,
    "receiver: a, repeat_interval: 0s": False,
    "receiver: a, unknown: 1": False,
    "receiver: a, routes: [{receiver: c}]": False,
    "receiver: a, routes: [{match: {a-b: c}}]": False,
    "receiver: a, routes: [{match_re: {1x: a}}]": False,
    "receiver: a, routes: [{match_re: {x: null}}]": False,
    "receiver: a, routes: [{match_re: {x: '('}}]": False,
    "receiver: a, routes: [{matchers: 'a=b'}]": False,
    "receiver: a, routes: [{matchers: [a]}]": False,
    "receiver: a, routes: [{mute_time_intervals: [nowhere]}]": False,
    "receiver: a, routes: [{active_time_intervals: [nowhere]}]": False,
}
_PERIODS = {
    "weekdays: ['sunday:saturday', Monday]": True,
    "days_of_month: ['-3:-1', '1:5', 31, '27:-1']": True,
    "days_of_month: ['28:-1']": False,
    "months: ['january:MARCH', '6:september', 12]": True,
    "years: [2020, '2021:2030', '+2031']": True,
    "times: [{start_time: '09:00', end_time: '24:00'}]": True,
    "times: [{start_time: 09:00, end_time: 17:00}]": True,
    "times: []": True,
    "location: Europe/Berlin": True,
    "location: Local": True,
    "location: ''": True,
    "": True,
    "weekdays: ['monday:sunday']": False,
    "weekdays: [1]": False,
    "weekdays: [' monday']": False,
    "weekdays: [':']": False,
    "weekdays: monday": False,
    "days_of_month: [0]": False,
    "days_of_month: [32]": False,
    "days_of_month: ['-1:5']": False,
    "days_of_month: ['5:-30']": False,
    "days_of_month: ['20:-10']": False,
    "months: ['3:1']": False,
    "months: [janvier]": False,
    "years: ['2020:2019']": False,
    "years: ['2020:2021:2022']": False,
    "years: [soon]": False,
    "times: [{start_time: '9:00', end_time: '10:00'}]": False,
    "times: [{start_time: '10:00', end_time: '10:00'}]": False,
    "times: [{start_time: '22:00', end_time: '06:00'}]": False,
    "times: [{start_time: '10:00'}]": False,
    "times: [{start_time: '10:00', end_time: '24:01'}]": False,
    "location: Nowhere/Town": False,
    "location: utc": False,
    "time_zone: UTC": False,
}
_INHIBITIONS = {
    "": True,
    "source_match: {a: b}, target_match_re: {c: d}, source_matchers: ['e=f'], equal: [g, g]": True,
    "equal: ['a b']": False,
    "source_match: {a-b: c}": False,
    "target_match_re: {a: '[b'}": False,
    "target_matchers: ['a']": False,
    "sources: [a]": False,
}
_FILES = {
    "route: {receiver: a}\nreceivers: [{name: a}]\nglobal:\n": True,
    "route: {receiver: a}\nreceivers: [{name: a}]\nglobal: {resolve_timeout: 0s}\n": True,
    "route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: ['nowhere/*.tmpl']\n": True,
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: z}]\n": True,
    "route: {receiver: a}\nreceivers: [{name: a}]\nmute_time_intervals: [{name: z}]\n": True,
    "route: {receiver: a, routes: [{mute_time_intervals: [y], active_time_intervals: [z]}]}\n"
    "receivers: [{name: a}]\nmute_time_intervals: [{name: y}]\ntime_intervals: [{name: z}]\n": True,
    "": False,
    "- a\n": False,
    "receivers: [{name: a}]\n": False,
    "route: {receiver: a}\n": False,
    "route: {receiver: a}\nreceivers: [{name: a}, {name: a}]\n": False,
    "route: {receiver: a}\nreceivers: [{name: a}, {name: ''}]\n": False,
    "route: {receiver: a}\nreceivers: [{name: a}, {}]\n": False,
    "route: {receiver: a}\nreceivers: [{name: a, smoke_configs: []}]\n": False,
    "route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: x\n": False,
    "route: {receiver: a}\nreceivers: [{name: a}]\nglobal: {resolve_timeout: soon}\n": False,
    "route: {receiver: a}\nreceivers: [{name: a}]\nglobal: {unknown: 1}\n": False,
    "route: {receiver: a}\nreceivers: [{name: a}]\nx: &d {group_wait: 1s}\n": False,
    "route: {receiver: a}\nreceivers: [{name: a}]\nroute: {receiver: a}\n": False,
    "route: {receiver: a\n": False,
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: z}, {name: z}]\n": False,
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{time_intervals: []}]\n": False,
    "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: z}]\n"
    "mute_time_intervals: [{name: z}]\n": False,
}
_WHOLE = "route: {receiver: a}\n" + RECEIVERS
FILES = (
    {
        f"route: {{{text}}}\ntime_intervals: [{{name: z}}]\n{RECEIVERS}": good
        for text, good in _ROUTES.items()
    }
    | {
        f"{_WHOLE}time_intervals: [{{name: z, time_intervals: [{{{text}}}]}}]\n": good
        for text, good in _PERIODS.items()
    }
    | {f"{_WHOLE}inhibit_rules: [{{{text}}}]\n": good for text, good in _INHIBITIONS.items()}
    | _FILES
)
