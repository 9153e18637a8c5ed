/**
 * CloudFront accepts firewalls and certificates of this region only.
 * https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html
 */
export const EDGE_REGION = 'us-east-1';
