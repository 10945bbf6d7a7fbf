interface Size {
  bytes: number
  gzip: number
}
export function buildClient(): Promise<void>
export function sizes(): { ours: Size; original: Size }
