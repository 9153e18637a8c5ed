/** The length of a point, in seconds. */
export const metricSteps = [60, 300, 3600, 21_600] as const;
export type MetricStep = (typeof metricSteps)[number];

/** How long points of each length are kept, in days. */
export const METRIC_DAYS: Readonly<Record<MetricStep, number>> = { 60: 3, 300: 20, 3600: 100, 21600: 100 };
/** The most points of one answer: 91 days of hours. */
export const MOST_POINTS = 2200;
/**
 * The maximum number of points without a requested length: 31 days of hours. More points than a chart can show would
 * only cost time.
 */
export const USUAL_POINTS = 750;
