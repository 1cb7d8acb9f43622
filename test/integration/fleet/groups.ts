/** The groups of a deployment: the canaries, by their tier, and then the rest, so many at once, each by itself. */
export const canaryThenRest = (parallel: number): string => `
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    parallel = ${parallel}
    on_error = CONTINUE
  }`;
