"""Whole files as Alertmanager's operators have them; secrets lie in files beside them."""

# After kube-prometheus, manifests/alertmanager-secret.yaml.
KUBE = """\
global: {resolve_timeout: 5m}
inhibit_rules:
- equal: [namespace, alertname]
  source_matchers: [severity = critical]
  target_matchers: ['severity =~ warning|info']
receivers:
- name: Default
- name: Watchdog
- name: Critical
- name: "null"
route:
  group_by: [namespace]
  group_interval: 5m
  group_wait: 30s
  receiver: Default
  repeat_interval: 12h
  routes:
  - {matchers: [alertname = Watchdog], receiver: Watchdog}
  - {matchers: [alertname = InfoInhibitor], receiver: "null"}
  - {matchers: [severity = critical], receiver: Critical}
templates: ['/etc/alertmanager/config/nowhere-*.tmpl']
"""
SLACK = """\
global:
  resolve_timeout: 5m
  http_config: {follow_redirects: true, enable_http2: true}
  slack_api_url_file: slack
  opsgenie_api_url: https://api.opsgenie.com/
  telegram_api_url: https://api.telegram.org
route:
  receiver: team
  group_by: [alertname, cluster]
  routes: [{receiver: oncall, match_re: {severity: 'critical|page'}, continue: true}]
receivers:
- name: team
  slack_configs:
  - channel: '#alerts'
    send_resolved: true
    username: '{{ template "slack.default.username" . }}'
    color: '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}'
    title: '{{ template "slack.default.title" . }}'
    title_link: '{{ template "slack.default.titlelink" . }}'
    pretext: '{{ template "slack.default.pretext" . }}'
    text: '{{ template "slack.default.text" . }}'
    fallback: '{{ template "slack.default.fallback" . }}'
    footer: '{{ template "slack.default.footer" . }}'
    icon_emoji: '{{ template "slack.default.iconemoji" . }}'
    callback_id: '{{ template "slack.default.callbackid" . }}'
    short_fields: false
    link_names: false
    mrkdwn_in: [text, pretext]
- name: oncall
  slack_configs:
  - channel: '#oncall'
    api_url_file: slack
    pretext: 'The team of *{{ commonLabels.team }}* is asked'
    title_link: 'https://dashboard.example.org/?model={{ commonLabels.model|urlencode }}'
    short_fields: true
    fields:
    - {title: Model, value: '{{ commonLabels.model }}'}
    - {title: Summary, value: '{{ commonAnnotations.summary }}', short: false}
    actions:
    - {type: button, text: Runbook, url: '{{ commonAnnotations.runbook_url }}', style: primary}
    image_url: https://dashboard.example.org/logo.png
    thumb_url: https://dashboard.example.org/small.png
    footer: '{{ externalURL }}'
"""
PAGER = """\
global:
  smtp_smarthost: mail.example.org:587
  smtp_from: alerts@example.org
  smtp_hello: watch.example.org
  smtp_auth_username: alerts
  smtp_auth_identity: alerts
  smtp_auth_password_file: password
  smtp_require_tls: true
  pagerduty_url: https://events.pagerduty.com/v2/enqueue
route: {receiver: mail, group_by: ['...'], routes: [{receiver: pager, match: {severity: critical}}]}
receivers:
- name: pager
  pagerduty_configs:
  - routing_key_file: key
    description: '{{ template "pagerduty.default.description" .}}'
    client: '{{ template "pagerduty.default.client" . }}'
    client_url: '{{ template "pagerduty.default.clientURL" . }}'
    details:
      firing: '{{ template "pagerduty.default.instances" .Alerts.Firing }}'
      num_firing: '{{ .Alerts.Firing | len }}'
      cluster: '{{ commonLabels.cluster }}'
    links: [{href: 'https://dashboard.example.org', text: 'The dashboard of {{ status }}'}]
    images: [{src: 'https://dashboard.example.org/a.png', href: 'https://dashboard.example.org'}]
    http_config: {tls_config: {min_version: TLS12, server_name: events.pagerduty.com}}
  webhook_configs:
  - {url: 'https://hooks.example.org/a', max_alerts: 10, send_resolved: false}
- name: mail
  email_configs:
  - to: ops@example.org, dev@example.org
    hello: mail-out.example.org
    headers: {Subject: '{{ template "email.default.subject" . }}'}
    html: '{{ template "email.default.html" . }}'
    tls_config: {insecure_skip_verify: false, server_name: mail.example.org}
"""
# What each is warned of, in the order of the warnings.
WHOLE_FILES = {
    KUBE: ("no file is named",),
    SLACK: (
        "follow_redirects: has no effect",
        "enable_http2: has no effect",
        "mrkdwn_in: has no effect",
        "style: has no effect",
        "opsgenie_api_url: has no effect",
        "telegram_api_url: has no effect",
    ),
    PAGER: (),
}
