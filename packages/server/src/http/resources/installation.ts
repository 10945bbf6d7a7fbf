import type { MetricsPoint, SettingsResource } from '@parley/protocol'
import type { SettingInForce } from '../../base/config.ts'
import type { Measured } from '../../domain/metrics/metrics-history.ts'
import { toDateTime } from './dates.ts'

export const toSetting = (setting: SettingInForce): SettingsResource['settings'][number] => ({
  name: setting.name,
  description: setting.doc,
  value: setting.value ?? (setting.secret && setting.source !== 'default' ? '[hidden]' : null),
  default: setting.fallback,
  is_secret: setting.secret,
  source: setting.source,
  place: setting.place ?? null,
})

export const toMetricsPoint = (point: Measured): MetricsPoint => ({ ...point, date: toDateTime(point.date) })
