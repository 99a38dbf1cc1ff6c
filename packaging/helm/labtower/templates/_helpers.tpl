{{- define "labtower.name" -}}
{{- if contains "labtower" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-labtower" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "labtower.selector" -}}
app.kubernetes.io/name: labtower
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "labtower.labels" -}}
{{ include "labtower.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "labtower.secret" -}}
{{- if .Values.secret.existing }}{{ .Values.secret.existing }}{{ else }}{{ include "labtower.name" . }}{{ end }}
{{- end }}

{{- define "labtower.scheme" -}}
{{- if .Values.tls.secret }}HTTPS{{ else }}HTTP{{ end }}
{{- end }}
