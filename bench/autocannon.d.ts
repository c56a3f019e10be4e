// autocannon has no types of its own: what this bench uses of it.
declare module 'autocannon' {
  type Result = {
    readonly requests: { readonly total: number }
    readonly latency: { readonly p50: number; readonly p99: number }
    readonly non2xx: number
    readonly errors: number
    readonly duration: number
  }
  function autocannon(options: {
    readonly url: string
    readonly connections: number
    readonly duration: number
  }): Promise<Result>
  export = autocannon
}
