export function packGpuMachine(archive: string): Promise<{ bytes: number; loader: string | null }>
