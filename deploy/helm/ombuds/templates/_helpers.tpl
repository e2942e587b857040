{{- define "ombuds.name" -}}
{{- $name := .Release.Name | trunc 50 | trimSuffix "-" }}
{{- ternary $name (printf "%s-ombuds" $name | trunc 55 | trimSuffix "-") (contains "ombuds" $name) }}
{{- end }}

{{- define "ombuds.selector" -}}
app.kubernetes.io/name: ombuds
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "ombuds.labels" -}}
{{ include "ombuds.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "ombuds.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion }}
{{- ternary (printf "%s@%s" .Values.image.repository .Values.image.digest) (printf "%s:%s" .Values.image.repository $tag) (ne .Values.image.digest "") }}
{{- end }}

{{/* Of each kind of pods: the port it listens on. */}}
{{- define "ombuds.ports" -}}
web: 8400
worker: 8401
{{- if .Values.gate.enabled }}
gate: 8402
{{- end }}
{{- end }}

{{/* Of each kind of pods: what it does. */}}
{{- define "ombuds.args" -}}
web: [serve, --web-only]
worker: [work, --concurrency, {{ .Values.worker.concurrency | quote }}]
gate: [gate]
{{- end }}

{{- define "ombuds.hardened" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "ombuds.nobody" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}
