interface Size {
  bytes: number
  gzip: number
}
export function buildClient(folder?: string): Promise<void>
export function sizes(): { ours: Size; original: Size }
