/** Everything is in fanfare-worker.js now. This file is for workers that still load both. */
