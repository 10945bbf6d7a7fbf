export function buildPackages(distOf?: (name: string) => string): Promise<void>
