export function vulkanEnvironment(): { env: Record<string, string>; driver: string }
