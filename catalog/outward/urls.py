"""Addresses that machines ask for; `catalog.urls` takes them in."""

from django.contrib.sitemaps import views as sitemap_views
from django.urls import URLPattern, path

from catalog.outward import feeds, manifest, views
from catalog.outward.sitemaps import SITEMAPS

MAPS = {"sitemaps": SITEMAPS}
INDEX = MAPS | {"sitemap_url_name": "catalog:sitemap_part"}
outward_patterns: list[URLPattern] = [
    path("site.webmanifest", manifest.manifest, name="manifest"),
    path("opensearch.xml", manifest.opensearch, name="opensearch"),
    path("robots.txt", manifest.robots, name="robots"),
    path("service-worker.js", manifest.service_worker, name="service_worker"),
    path("offline/", manifest.offline, name="offline"),
    path("sitemap.xml", sitemap_views.index, INDEX, name="sitemap"),
    path("sitemap-<slug:section>.xml", sitemap_views.sitemap, MAPS, name="sitemap_part"),
    path("feeds/new.rss", feeds.NewItems(), name="new_items_rss"),
    path("feeds/new.atom", feeds.NewItemsAtom(), name="new_items_atom"),
    path("items/<int:pk>/card-<slug:version>.png", views.card, name="card"),
    path("card-<slug:version>.png", views.site_card, name="site_card"),
]
