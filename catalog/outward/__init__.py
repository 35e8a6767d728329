"""What the site shows to machines that are not its API: browsers, search engines, feed readers.

The web manifest and the service worker, OpenSearch, sitemap and robots.txt, feeds, structured data
and social cards. All of it is public, made of listed items only, and the same for everybody.
"""
