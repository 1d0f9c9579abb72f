export function campaignSchema(): object {
  return {};
}
